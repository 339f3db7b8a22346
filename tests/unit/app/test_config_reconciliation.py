from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.sessions import config
from tradewind.domain.errors import ConfigError
from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience

if TYPE_CHECKING:
    from pathlib import Path


def made(tmp_path: Path, **keys: Any) -> Any:
    return config(tmp_path, **{f"reconciliation.{name}": value for name, value in keys.items()}).reconciliation


def test_what_is_not_said_is_what_the_engine_does_by_itself(tmp_path: Path) -> None:
    assert made(tmp_path).patience() == Patience()
    assert made(tmp_path).rounds() == Reconciliation()


def test_all_of_it_can_be_said(tmp_path: Path) -> None:
    times = {"ask_after_seconds": 2, "ask_longest_seconds": 3, "grace_seconds": 4}
    assert made(tmp_path, **times).patience() == Patience(*(n * NS_PER_SECOND for n in (2, 3, 4)))
    rounds = made(
        tmp_path, strategy="auto_adjust", interval_seconds=300, cash_tolerance="0.5", in_flight_grace_seconds=7,
        confirm_after_seconds=6,
    ).rounds()  # fmt: skip
    seconds = [n * NS_PER_SECOND for n in (300, 7, 6)]
    assert rounds == Reconciliation(Mode.AUTO_ADJUST, seconds[0], Decimal("0.5"), seconds[1], seconds[2])


def test_the_distances_grow(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ask_longest_seconds is less than ask_after_seconds"):
        made(tmp_path, ask_after_seconds=5, ask_longest_seconds=4)
