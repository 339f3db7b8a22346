"""A state goes through an engine unchanged, with everything in it; and a few things that no random world comes to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakersState, BreakerState, KeptBreaker, KeptReduction, KeptWarning, KeptWorth
from tradewind.domain.checkpoint import (
    EngineState,
    KeptAdvice,
    KeptAmendment,
    KeptDays,
    KeptDifference,
    KeptDoubt,
    KeptLapse,
    KeptOrder,
    KeptPair,
    KeptPrice,
    KeptRegime,
    KeptReport,
    KeptResults,
    KeptReturns,
    KeptRisk,
    KeptSuspicion,
    KeptTimer,
    KeptTrade,
    ReconciliationState,
    StrategyState,
)
from tradewind.domain.commands import SetTimer, SubmitOrder
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import Halted, Paused
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TimerId, TradeId, VenueOrderId
from tradewind.domain.message import Message
from tradewind.domain.money import exact
from tradewind.domain.order import OrderType
from tradewind.domain.plain import pack
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity
from tradewind.domain.regime import Regime, Trend, Volatility
from tradewind.domain.step import IdsCounted, Step
from tradewind.domain.swapping import StrategySwapped
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.risk.breakers.settings import BreakerSettings, DailyLoss, Window
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.limits import Limits, Sizing
from tradewind.risk.parameters import NO_PARAMETERS
from tradewind.testing import (
    BTC,
    STRATEGY,
    bar,
    engine,
    filled,
    instrument,
    intent,
    order_spec,
    run,
    script,
    settings,
    started,
)

NOTHING = ((), None, 0, "")
WHAT = Discrepancy(Kind.ORPHANED_LOCAL, Severity.MODERATE, "t-1", Decimal(1))
SUSPICIONS = (
    KeptSuspicion("position", BTC, 5, amount=Decimal("1.50")),
    KeptSuspicion("order", "t-9", 6, kind=Kind.ORPHANED_BROKER),
    KeptSuspicion("order", "t-1", 7, what=WHAT, state="open"),
)
REPORT = KeptReport(
    "rec-1", tuple(KeptDifference(msgspec.structs.replace(each, since=0), can_be_cured=True) for each in SUSPICIONS)
)
FACTS = KeptRisk(
    KeptResults(1, Decimal(2), Decimal(3), (KeptTrade(STRATEGY, 4, Decimal(5)),)),
    (KeptRegime(BTC, Regime(Trend.UP, Volatility.LOW, 0.8, 7)),),
    ((BTC, Decimal("1.15")),),
    (KeptDays(BTC, 3, (1.0, 2.0)),),
    (KeptAdvice(BTC, Decimal("0.8"), Decimal("1.2"), Decimal("0.8")),),
    (KeptPair(BTC, InstrumentId("x:Y"), 0.5),),
    7,
    ("x",),
    (KeptReturns(BTC, 3_600, 2.0, ((3_600, 0.5),)),),
)
NEEDS_FACTS = Limits(
    parameters=msgspec.structs.replace(NO_PARAMETERS, correlation=CorrelationConfig()), sizing=Sizing(leveraged=True)
)
"""What a gate keeps beside its holds, it keeps where its limits need it."""
OUTSIDE = {"places", "venue"}
"""What whoever drives an engine puts into its state."""


BREAKERS = BreakerSettings(order_rate=Window(5), error_rate=Window(5), daily_loss=DailyLoss(amount=Decimal(9)))
TRIPPED = BreakersState(
    (
        KeptBreaker("account_daily", BreakerState.TRIPPED, 3, "lost", Decimal("0.1"), Decimal("0.2"), until=9),
        KeptBreaker("manual", BreakerState.HALF_OPEN, 4, "seen", operator="ann", asked=2),
    ),
    KeptWorth(Decimal(12), 1, Decimal(10), 7, Decimal(9), ((7, Decimal(11)),), is_moved=True, trough=Decimal(8)),
    (KeptWarning("max_drawdown", 2, 5),), (6, 7), (8,), 2, 1, (KeptReduction(STRATEGY, BTC, Decimal(25)),), 5,
)  # fmt: skip


def follower(**options: Any) -> Engine:
    options = {"breakers": BREAKERS, "limits": NEEDS_FACTS, **options}
    return Engine([instrument()], {}, settings(**options), recording=True)


def a_state() -> EngineState:
    """A state of a session that has bought, has an order of every kind open, and is in all sorts of trouble."""
    made = follower(keeps_state=True)
    run(made, [started(), bar(100.0, 0), Paused(NS_PER_MINUTE), Halted(NS_PER_MINUTE)])
    made.orders.submit(order_spec(id="t-1"))
    run(made, [filled("t-1", ts=NS_PER_MINUTE), ev.FundingPaid(BTC, Decimal(1), Asset("USDT"), 1, NS_PER_MINUTE)])
    state = made.state()
    resting = KeptOrder(
        order_spec(id="t-2", type=OrderType.LIMIT, price=90), "unknown", 2, Decimal("0.10"), Decimal("9.0"),
        (TradeId("a"), TradeId("b")), VenueOrderId("v"), (KeptAmendment(3, Decimal(2), Decimal(91), Decimal(89)),), 3,
        is_unwanted=True, over="expired", executed=Decimal("0.25"),
    )  # fmt: skip
    doubt = KeptDoubt(ClientOrderId("t-2"), 17, is_over_due=True, asked=(True, False), is_forgotten=True, heard=18)
    risk = {
        "disputed": (BTC,), "sent": (NS_PER_MINUTE,), "close_only": (("me", "why"),),
        "cancel_only": (("you", "why not"),), "unguarded": (BTC,), "amended": (NS_PER_MINUTE,), "facts": FACTS,
        "tightened": (("order_value_max", Decimal(50)),), "without_exits": True,
    }  # fmt: skip
    orders = msgspec.structs.replace(
        state.orders, count=2, orders=(*state.orders.orders, resting), doubts=(doubt,),
        waits=((ClientOrderId("t-2"), 4 * NS_PER_SECOND),),
    )  # fmt: skip
    return msgspec.structs.replace(
        state,
        id_count=7,
        orders=orders,
        risk=msgspec.structs.replace(state.risk, **risk),
        reconciliation=ReconciliationState(
            SUSPICIONS, 1, 2, 3, 4, 5, 1, SUSPICIONS,
            (REPORT,), SUSPICIONS, (KeptLapse(ClientOrderId("t-1"), 3, 4, ClientOrderId("t-2"), Decimal(1), 2, 5),), 6,
        ),
        timers=(KeptTimer(TimerId("s/b"), 9), KeptTimer(TimerId("s/a"), 8)),
        strategies=(
            StrategyState(StrategyId("a"), state=(("x", pack(1)), ("gone", None)), saved=pack(2), cache=(("k", "v"),)),
            StrategyState(StrategyId("b"), held=True),
        ),
        breakers=TRIPPED,
        confirmations=(
            ConfirmationAsked(intent(id="t-3"), order_spec(id="t-3"), (order_spec(id="t-4", parent="t-3"),), 9),
        ),
        swaps=(StrategySwapped(STRATEGY, "new.py:New", "abc", "New", "2", '{"a": 1}', '{"b": 1}', "[]", 7),),
    )  # fmt: skip


def test_lesson_104_a_state_goes_through_an_engine_unchanged() -> None:
    state, made = a_state(), follower(keeps_state=True)
    made.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=EngineState))
    again = made.state()
    for name in EngineState.__struct_fields__:
        assert getattr(again, name) == getattr(state, name)


def test_the_state_of_this_test_has_something_in_every_field() -> None:
    """So that a field that is added and not carried through is seen by the test before."""
    empty = {path for path, value in fields(a_state()) if value in NOTHING}
    assert empty <= OUTSIDE | {"portfolio.trips.high", "portfolio.trips.low", "risk.restraints", "risk.placed"}


def fields(state: Any, above: str = "") -> list[tuple[str, Any]]:
    """Return the values of all fields that have a default, by their paths; of several parts the fullest."""
    found: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(state):
        value, path = getattr(state, field.name), f"{above}{field.name}"
        if not field.required:
            found.append((path, value))
        parts = value if isinstance(value, tuple) else (value,)
        inner = [dict(fields(part, f"{path}.")) for part in parts if isinstance(part, Message)]
        if inner and type(parts[0]).__module__ == EngineState.__module__:
            found += [
                (name, next((d[name] for d in inner if d[name] not in NOTHING), inner[0][name])) for name in inner[0]
            ]
    return found


def test_what_came_due_while_nobody_was_here_comes_at_once_and_what_did_not_at_its_time() -> None:
    told: list[str] = []
    timers = tuple(KeptTimer(TimerId(f"s/{name}"), at) for name, at in (("late", 5), ("early", 50)))
    start = ev.SessionStarted(20, "binance", (), restored=EngineState(timers=timers))
    made = Engine(
        [instrument()], {STRATEGY: script(on_timer=lambda _, name: told.append(name))}, settings(), recording=True
    )
    step = made.process(start)
    assert step.effects == (SetTimer(TimerId("s/late"), 20), SetTimer(TimerId("s/early"), 50))
    made.process(ev.TimerFired(TimerId("s/late"), 20))
    assert told == ["late"]
    assert made.state().timers == (KeptTimer(TimerId("s/early"), 50),)


def test_a_kept_timer_replaces_that_of_the_start() -> None:
    kept = EngineState(timers=(KeptTimer(TimerId("s/t"), 500),))
    strategy = script(on_start=lambda ctx: ctx.set_timer("t", after=100))
    made = engine(strategy, start=msgspec.structs.replace(started(), restored=kept))
    assert made.state().timers == kept.timers


def test_order_ids_go_on_and_the_opening_is_not_counted_again() -> None:
    first = engine(script(on_bar=lambda ctx, _: ctx.buy(1)))
    run(first, [bar(100.0, 0), filled("tw-000001", price=100, ts=NS_PER_MINUTE)])
    start = msgspec.structs.replace(started(), restored=first.state())
    second = engine(script(on_bar=lambda ctx, _: ctx.buy(1)), start=start)
    assert second.view.cash(instrument().quote) == exact(100_000 - 100)
    assert second.view.equity() == exact(100_000)
    (step,) = run(second, [bar(110.0, 1)])
    (sent,) = (effect for effect in step.effects if isinstance(effect, SubmitOrder))
    assert sent.order.id == "tw-000002"


def test_ids_of_wishes_that_were_taken_back_are_told_so_that_who_follows_counts_them() -> None:
    def think_again(ctx: Any, _: object) -> None:
        said = ctx.said
        ctx.buy(1)
        ctx.buy(2)
        ctx.unsay(said)

    made = engine(script(on_bar=think_again), keeps_state=True)
    beside = follower(keeps_state=True)
    beside.follow(Step(1, started()))
    for step in run(made, [bar(100.0, n) for n in range(2)]):
        assert step.notices == (IdsCounted(2 * (step.seq - 1)),)
        beside.follow(step)
        assert beside.state().id_count == 2 * (step.seq - 1)


def test_a_position_in_what_the_session_no_longer_trades_is_not_dropped_in_silence() -> None:
    first = engine(script(on_bar=lambda ctx, _: ctx.buy(1)))
    run(first, [bar(100.0, 0), filled("tw-000001", price=100, ts=NS_PER_MINUTE)])
    other = msgspec.structs.replace(instrument(), id=InstrumentId("binance:OTHER"), symbol="OTHER")
    with pytest.raises(KeyError, match="BTCUSDT"):
        Engine([other], {}, settings(), recording=True).restore(first.state())


def test_a_price_does_not_bring_back_an_older_one() -> None:
    made = follower()
    made.restore(EngineState(prices=(KeptPrice(BTC, 100.0, 10 * NS_PER_MINUTE, 5 * NS_PER_MINUTE),)))
    made.process(bar(90.0, 6))
    assert made.view.last_price(BTC) == 100.0, "the bar is older than the quote that was seen"


def test_who_has_strategies_follows_nobody() -> None:
    made = engine(script())
    with pytest.raises(AssertionError, match="does not follow"):
        made.follow(made.process(bar()))
    with pytest.raises(AssertionError, match="begins with"):
        made.restore(EngineState())
