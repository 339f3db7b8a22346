from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.sessions import config
from tradewind.domain.errors import ConfigError
from tradewind.domain.reconciliation import Mode, Strangers
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
        confirm_after_seconds=6, fill_fraction="0.1", close_only_after_seconds=60,
        external="adopt", orphans="cancel",
    ).rounds()  # fmt: skip
    seconds = [n * NS_PER_SECOND for n in (300, 7, 6)]
    assert rounds == Reconciliation(
        Mode.AUTO_ADJUST, seconds[0], Decimal("0.5"), seconds[1], seconds[2], fill_fraction=Decimal("0.1"),
        outage_ns=60 * NS_PER_SECOND, external=Strangers.ADOPT, orphans=Strangers.CANCEL,
    )  # fmt: skip


def test_a_venue_outside_has_rounds_and_orders_wait_for_the_first(tmp_path: Path) -> None:
    outside = made(tmp_path).rounds(outside=True)
    assert (outside.interval_ns, outside.holds_at_start) == (300 * NS_PER_SECOND, True)
    assert made(tmp_path, interval_seconds="never").rounds(outside=True).interval_ns == 0
    assert made(tmp_path, interval_seconds=60).rounds().interval_ns == 60 * NS_PER_SECOND


def test_the_distances_grow(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ask_longest_seconds is less than ask_after_seconds"):
        made(tmp_path, ask_after_seconds=5, ask_longest_seconds=4)
