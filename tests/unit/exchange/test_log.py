from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.exchange import log
from tradewind.exchange.log import Log

if TYPE_CHECKING:
    import pytest


def test_what_nobody_has_taken_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "KEPT_MAX", 3)
    kept: Log[str] = Log()
    assert [kept.append(f"item {number}") for number in range(1, 11)] == list(range(1, 11))
    kept.trim(0)
    assert (kept.first, kept.last, kept[1]) == (1, 10, "item 1")
    kept.trim(5)
    assert (kept.first, kept[6]) == (6, "item 6")
    kept.trim(10)
    assert (kept.first, kept[8], kept[10]) == (8, "item 8", "item 10")
