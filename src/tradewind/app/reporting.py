"""Reports as files: the suffix says which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError
from tradewind.report.extras import load

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.report.input import ReportInput


NEEDS = {".html": "plotly", ".png": "matplotlib", ".md": ""}
"""Kinds of files, and what draws each."""


def check(path: Path) -> None:
    """Raise before a long run what `write` would raise after it: another kind of file, or a library that is missing."""
    if path.suffix not in NEEDS:
        raise ConfigError(f"{path}: no report ends in {path.suffix or 'nothing'}; give .html, .md or .png")
    if NEEDS[path.suffix]:
        load(NEEDS[path.suffix])


def write(report: ReportInput, path: Path) -> None:
    """Write a report as HTML, Markdown or PNG."""
    check(path)
    match path.suffix:
        case ".html":
            from tradewind.report.html import render_html

            path.write_text(render_html(report), encoding="utf-8")
        case ".md":
            from tradewind.report.markdown import render_markdown

            path.write_text(render_markdown(report), encoding="utf-8")
        case ".png":
            from tradewind.report.png import render_png

            render_png(report, path)
