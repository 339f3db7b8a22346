"""What reports are made from is what the tables say."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.record.recorder.test_recorder import warmed_up
from tests.unit.record.session_steps import BTC, HEADER, OCT_1, Script, bar, session
from tradewind.domain import events as ev
from tradewind.domain.ids import Asset
from tradewind.domain.step import BarRefused, Step
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.load import LoadedSession

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path, steps: list[Step]) -> LoadedSession:
    journal = SqliteJournal(path, HEADER)
    for step in steps:
        journal.append(step)
    journal.close()
    return LoadedSession(path)


def test_everything_that_happened(journal_path: Path) -> None:
    steps = session(48)
    loaded = load(journal_path, steps)
    assert loaded.header == HEADER
    assert (loaded.steps, loaded.started, loaded.ended) == (len(steps), OCT_1, steps[-1].event.ts_recv)
    assert len(loaded.trips) == 4
    assert len(loaded.fills) == 12
    assert [mark.title for _, mark in loaded.marks] == ["crossed"] * 4
    assert loaded.refusals == {"insufficient_funds": 4}
    assert len(loaded.bars[BTC].ts) == len(loaded.bars[BTC].close) == 48
    assert loaded.equity[0] == (OCT_1, 100_000.0)
    activity = loaded.activity()
    assert activity.fees == 12 * Decimal("1.25")
    assert activity.turnover == sum(fill.quantity * fill.price for fill in loaded.fills)
    assert activity.open_since == ()
    assert loaded.equity[-1][1] == float(100_000 + sum(trip.net for trip in loaded.trips))


def test_costs_transfers_and_what_is_open(journal_path: Path) -> None:
    script = Script()
    script.take(ev.FundingPaid(BTC, Decimal(-2), Asset("USDT"), script.now, script.now))
    script.take(ev.BorrowCharged(BTC, Decimal(3), Asset("USDT"), script.now, script.now))
    script.take(ev.BalanceTransferred("binance", Asset("USDT"), Decimal(-100), script.now))
    opened = len(script.steps)
    steps = [*script.steps, *_after(session(5)[1:], script.seq)]
    loaded = load(journal_path, steps)
    activity = loaded.activity()
    assert (activity.funding, activity.interest) == (Decimal(2), Decimal(3))
    assert [transfer.amount for transfer in loaded.transfers] == [Decimal(-100)]
    assert len(activity.open_since) == 1
    assert opened == 4


def test_bars_that_were_refused_or_of_another_interval_are_left_out(journal_path: Path) -> None:
    script = Script()
    script.bar(OCT_1, 100.0)
    script.take(bar(OCT_1, 100.0, ts_recv=script.now), notices=(BarRefused(BTC, "1m", OCT_1, "repeated"),))
    longer = bar(OCT_1, 105.0)
    script.take(type(longer)(BTC, "5m", OCT_1, OCT_1 + 5 * NS_PER_MINUTE, script.now, 1.0, 2.0, 1.0, 1.5, 1.0))
    assert list(load(journal_path, script.steps).bars[BTC].close) == [100.0]


def test_history_to_warm_up_on_is_left_out(journal_path: Path) -> None:
    loaded = load(journal_path, warmed_up().steps)
    assert list(loaded.bars[BTC].close) == [100.0]
    assert loaded.equity == [(OCT_1 + NS_PER_MINUTE, 100_000.0)]
    assert (loaded.started, loaded.marks, loaded.activity().refusals) == (OCT_1 + NS_PER_MINUTE, [], {})


def _after(steps: list[Step], seq: int) -> list[Step]:
    return [Step(seq + n, s.event, s.effects, s.refusals, s.notices) for n, s in enumerate(steps, start=1)]


def test_what_could_not_be_valued_is_not_counted_as_nothing(journal_path: Path) -> None:
    script, coin = Script(), Asset("DOGE")
    script.take(ev.FundingPaid(BTC, Decimal(-2), coin, script.now, script.now))
    script.take(ev.BalanceTransferred("binance", coin, Decimal(-100), script.now))
    loaded = load(journal_path, script.steps)
    activity = loaded.activity()
    assert (activity.funding, activity.interest, activity.fees) == (None, Decimal(0), Decimal(0))
    assert [transfer.amount for transfer in loaded.transfers] == [None]
