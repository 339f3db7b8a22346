"""Reports as files: the suffix says which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.report.input import ReportInput


def write(report: ReportInput, path: Path) -> None:
    """Write a report as HTML, Markdown or PNG."""
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
        case other:
            raise ConfigError(f"{path}: no report ends in {other or 'nothing'}; give .html, .md or .png")
