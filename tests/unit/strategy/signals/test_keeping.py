"""A signal that is open when its session ends, or dies, is the next one's: with its orders, its reason and its id."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tradewind.domain.commands import PlaceExits, SubmitOrder
from tradewind.domain.events import OrderCancelled, OrderTriggered, SignalCommanded, WarmupEnded
from tradewind.domain.ids import StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.trade_signal import SignalMoved, SignalRejected
from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.strategy import SignalStrategy
from tradewind.testing import BTC, accepted, bar, engine, filled, instrument, started

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

PLAN = {"position": "long", "entry": "market", "quantity": 2, "price_take_profit": 110.0, "price_stop_loss": 95.0,
        "minute_estimated_time": 30}  # fmt: skip
S = StrategyId("s")


class Session:
    """A session at a venue without attached orders; `moves` are what its signals did."""

    def __init__(self, *plans: dict[str, Any], after: Session | None = None, **setting: Any) -> None:
        left = iter(plans)
        definition = StrategyDefinition("s", lambda symbol, when: next(left, None))
        self.strategy = SignalStrategy(
            definition, ExchangeDefinition("x", lambda **_: []), Setting(keeps=True, **setting)
        )
        state = None if after is None else after.engine.state()
        ts = 0 if after is None else after.now
        begin = msgspec.structs.replace(started(), ts_recv=ts, restored=state)
        self.engine: Engine = engine(
            self.strategy, exits_here=True, keeps_state=True, start=begin,
            instruments=[instrument(kind=InstrumentKind.SPOT)],
        )  # fmt: skip
        self.moves: list[Any] = []

    @property
    def now(self) -> int:
        return self.engine.view.now

    def take(self, event: Any) -> list[Any]:
        step = self.engine.process(event)
        self.moves += [(n.action, n.reason) for n in step.notices if isinstance(n, SignalMoved)]
        self.moves += [n.violations[0] for n in step.notices if isinstance(n, SignalRejected)]
        return list(step.effects)

    def opened(self, **fill: Any) -> list[Any]:
        """Open the signal; return its exits, of which none was accepted yet."""
        (entry,) = [e for e in self.take(bar(100.0)) if isinstance(e, SubmitOrder)]
        self.take(accepted(entry.order.id, self.now))
        effects = self.take(filled(entry.order.id, 2, ts=self.now, price=100, **fill))
        (placed,) = [e for e in effects if isinstance(e, PlaceExits)]
        return list(placed.orders)


@pytest.mark.parametrize(("place", "price", "reason"), [(0, 95, "stop_loss"), (1, 110, "take_profit")])
def test_an_exit_that_is_filled_before_it_was_accepted_gives_its_reason(place: int, price: int, reason: str) -> None:
    one = Session(PLAN)
    exits = one.opened()
    one.take(filled(exits[place].id, 2, trade_id="2", price=price, ts=one.now))
    assert one.moves[-1] == ("closed", reason)


@pytest.mark.parametrize("was_accepted", [True, False])
def test_the_next_session_closes_it_with_its_reason_and_asks_for_no_second(*, was_accepted: bool) -> None:
    one = Session(PLAN)
    exits = one.opened()
    for each in exits if was_accepted else ():
        one.take(accepted(each.id, one.now))
    two = Session(PLAN, after=one)
    assert not [e for e in two.take(bar(101.0, 1)) if isinstance(e, SubmitOrder)], "it is open"
    two.take(filled(exits[1].id, 2, trade_id="2", price=110, ts=two.now))
    assert two.moves == [("closed", "take_profit")]


def test_ids_are_used_once_whoever_gave_them() -> None:
    one = Session(PLAN | {"id": "mine"})
    exits = one.opened()
    one.take(filled(exits[1].id, 2, trade_id="2", price=110, ts=one.now))
    two = Session(PLAN | {"id": "mine"}, PLAN, after=one)
    two.take(bar(100.0, 1))
    assert two.moves[0].startswith("V7")
    (entry,) = [e for e in two.take(bar(100.0, 2)) if isinstance(e, SubmitOrder)]
    three = Session(PLAN | {"id": entry.order.tag}, after=two)
    assert three.strategy.setting.used_ids == {"mine", entry.order.tag}


def test_a_key_that_waits_asks_nothing_before_it_is_told_to_and_nobody_is_asked_in_history() -> None:
    one = Session(PLAN, waits=True)
    assert not one.take(bar(100.0))
    one.take(SignalCommanded(S, BTC, "begin", one.now))
    assert [e for e in one.take(bar(100.0, 1)) if isinstance(e, SubmitOrder)]
    two = Session(PLAN, waits=True)
    for word in ("begin", "rest"):
        two.take(SignalCommanded(S, BTC, word, two.now))
    assert not two.take(bar(100.0))


def test_an_entry_that_is_taken_back_keeps_its_reason() -> None:
    one = Session(PLAN | {"entry": "stop", "price_open": 105.0, "price_take_profit": 120.0})
    (entry,) = [e for e in one.take(bar(100.0)) if isinstance(e, SubmitOrder)]
    one.take(accepted(entry.order.id, one.now))
    one.take(bar(94.0, 1))  # at its stop level before it was open
    two = Session(after=one)
    two.take(OrderCancelled(entry.order.id, "cancelled by us", two.now, two.now))
    assert two.moves == [("cancelled", "price_reject")]


def test_a_pause_outlives_its_session() -> None:
    one = Session(PLAN)
    one.take(SignalCommanded(S, BTC, "pause", one.now))
    two = Session(PLAN, after=one)
    assert not two.take(bar(100.0))
    two.take(SignalCommanded(S, BTC, "resume", two.now))
    assert [e for e in two.take(bar(100.0, 1)) if isinstance(e, SubmitOrder)]


def test_a_candle_that_comes_late_is_watched_and_not_traded_on() -> None:
    one = Session(PLAN, late_ns=10**9)
    late = bar(100.0)
    assert not one.take(msgspec.structs.replace(late, ts_recv=late.ts_venue + 10**9 + 1))
    assert [e for e in one.take(bar(100.0, 1)) if isinstance(e, SubmitOrder)]


def test_a_stop_that_was_triggered_and_let_do_nothing_is_a_close_of_ours_for_its_reason() -> None:
    """Where two strategies hold against each other, the venue may see nothing for an exit to reduce."""
    one = Session(PLAN)
    exits = one.opened()
    for each in exits:
        one.take(accepted(each.id, one.now))
    one.take(OrderTriggered(exits[0].id, one.now, one.now))
    one.take(OrderCancelled(exits[1].id, "triggered", one.now, one.now))
    effects = one.take(OrderCancelled(exits[0].id, "nothing to reduce", one.now, one.now))
    (close,) = [e.order for e in effects if isinstance(e, SubmitOrder)]
    one.take(accepted(close.id, one.now))
    one.take(filled(close.id, 2, trade_id="3", price=94, ts=one.now))
    assert one.moves[-1] == ("closed", "stop_loss")


def test_a_fee_in_the_asset_itself_is_less_held_and_the_signal_closes_all_the_same() -> None:
    one = Session(PLAN)
    exits = one.opened(fee="0.0015", fee_asset="BTC")
    held = exits[1].quantity
    assert held < Decimal(2)
    step = one.engine.process(filled(exits[1].id, held, trade_id="2", price=110, ts=one.now))
    (closed,) = [n for n in step.notices if isinstance(n, SignalMoved)]
    assert (closed.action, closed.reason) == ("closed", "take_profit")
    assert closed.profit is not None
    assert closed.profit.net == held * 110 - (2 - Decimal("0.0015")) * 100 - Decimal("0.15")


def test_after_its_history_a_session_stands_where_it_stood() -> None:
    one = Session(PLAN)
    exits = one.opened()
    state, now = one.engine.state(), one.now
    two = Session(PLAN, PLAN)
    begin = msgspec.structs.replace(started(warming=True), restored=state)
    two.engine = engine(
        two.strategy, exits_here=True, keeps_state=True, start=begin,
        instruments=[instrument(kind=InstrumentKind.SPOT)],
    )  # fmt: skip
    assert not two.take(bar(100.0))
    two.take(WarmupEnded(now))
    two.take(filled(exits[0].id, 2, trade_id="2", price=95, ts=two.now))
    assert two.moves == [("closed", "stop_loss")]
