"""Write the parts of the documents that are printed from the code, between their markers.

`python docs/build.py` writes them (`make docs`); tests/house/test_docs.py checks that they are up to date.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Part:
    """A stretch of `page` between `<!-- name:begin -->` and `<!-- name:end -->`, printed by `module.function()`."""

    page: str
    name: str
    module: str
    function: str
    language: str = ""

    @property
    def path(self) -> Path:
        """The page's file."""
        return DOCS / self.page

    def write_into(self, text: str) -> str:
        """Return the page's text with this part up to date; `ValueError` if its markers are not there."""
        begin, end = f"<!-- {self.name}:begin -->", f"<!-- {self.name}:end -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise ValueError(f"{self.page} has no {begin} … {end}")
        return f"{before}{begin}\n{self.printed()}\n{end}{after}"

    def printed(self) -> str:
        """Return what the code prints, fenced if it is in a language."""
        printed = str(getattr(importlib.import_module(self.module), self.function)()).strip()
        return f"```{self.language}\n{printed}\n```" if self.language else printed


PARTS = (
    Part("orders.md", "order-table", "tradewind.execution.lifecycle", "diagram", language="mermaid"),
    Part("breakers.md", "breaker-states", "tradewind.risk.breakers.states", "diagram", language="mermaid"),
    Part("breakers.md", "breakers", "tradewind.risk.breakers.roll", "overview"),
    Part("cli.md", "cli-help", "tradewind.app.cli", "help_text", language="text"),
    Part("cli.md", "exit-codes", "tradewind.app.cli.exits", "exit_table"),
    Part("database.md", "tables", "tradewind.record.sql.reference", "reference"),
    Part("binance.md", "venue-table", "tradewind.venues.registry", "table"),
    Part("venues.md", "cards", "tradewind.testing.contract", "reference"),
    Part("configuration.md", "config-keys", "tradewind.app.config.reference", "reference"),
)

LAGGING = (Part("safety-matrix.md", "safety-matrix", "docs.safety_matrix", "table"),)
"""Parts that tests in other files make: they may lag behind those (tests/house/test_safety_matrix.py)."""


def main() -> int:
    """Bring every part up to date; say which changed."""
    sys.path.insert(0, str(DOCS.parent))
    for part in (*PARTS, *LAGGING):
        if not part.path.is_file():
            print(f"docs/{part.page}: not there yet")
            continue
        old = part.path.read_text(encoding="utf-8")
        new = part.write_into(old)
        if new != old:
            part.path.write_text(new, encoding="utf-8")
        print(f"docs/{part.page}: {part.name} {'written' if new != old else 'is up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
