"""No page points at nothing: each link to a file or a heading of ours leads there, and each file named is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.house.source import ROOT, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:docs|examples|bench|tests|src/tradewind)/[\w./-]+\.(?:md|py|go|zig|yaml))`")
FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)


def test_every_link_leads_somewhere() -> None:
    dead = [f"{page.relative_to(ROOT)}: {link}" for page, link in links() if not is_there(page, link)]
    assert not dead, report("links that lead nowhere: mend them, or the heading that they name", dead)


def test_every_file_that_is_named_is_there() -> None:
    named = ((page, name) for page in PAGES for name in NAMED.findall(text_of(page)))
    gone = [f"{page.relative_to(ROOT)}: {name}" for page, name in named if not (ROOT / name).exists()]
    assert not gone, report("files that are not there: name them as they are called now", gone)


def test_this_test_finds_dead_ones() -> None:
    page = ROOT / "docs" / "index.md"
    assert is_there(page, "signals.md")
    assert is_there(page, "signals.md#a-plan")
    assert is_there(page, "https://example.org/x")
    assert not is_there(page, "no-such-page.md")
    assert not is_there(page, "signals.md#no-such-heading")


def links() -> Iterator[tuple[Path, str]]:
    return ((page, link) for page in PAGES for link in LINK.findall(text_of(page)))


def is_there(page: Path, link: str) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return True
    name, _, heading = link.partition("#")
    target = page if not name else (page.parent / name).resolve()
    if not target.exists():
        return False
    return not heading or target.suffix != ".md" or heading in headings(target)


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ +(.+?) *$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def text_of(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))
