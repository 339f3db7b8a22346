"""Style 19 and 20: one tree of errors, drawn where it is defined."""

from __future__ import annotations

import re

from tests.house.modules import descendants
from tests.house.source import report
from tradewind.domain import errors
from tradewind.domain.errors import TradewindError


def test_every_error_descends_from_ours() -> None:
    found = [f"{e.__module__}.{e.__qualname__}" for e in descendants(Exception) if not issubclass(e, TradewindError)]
    assert not found, report("Derive it from a branch of TradewindError, domain/errors.py.", found)


def test_the_drawing_is_the_tree() -> None:
    drawn = set(re.findall(r"^[ │├└─]*([A-Z]\w+)(?:$|  )", errors.__doc__ or "", flags=re.MULTILINE))
    tree = {"TradewindError", *(error.__name__ for error in descendants(TradewindError))}
    found = [f"{name}: not drawn" for name in tree - drawn] + [f"{name}: drawn, not there" for name in drawn - tree]
    assert not found, report("Draw the tree of domain/errors.py as it is.", found)
