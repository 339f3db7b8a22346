"""No sequence of events gets past a latched breaker with new risk, and none holds a reduction up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.breakers import BreakerAction, BreakerChanged, BreakerState
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import (
    BreakerDrillRequested,
    BreakerFed,
    BreakerResetRequested,
    BreakerTripRequested,
    Resumed,
)
from tradewind.domain.ids import Asset
from tradewind.domain.money import exact, money_context
from tradewind.domain.order import Purpose
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.risk.breakers.settings import AccountLimits, Bound, BreakerSettings, Drawdown, DrawdownGuard, Window
from tradewind.risk.breakers.states import TABLE
from tradewind.testing import BTC, bar, engine, filled, rejected, script, started

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine

D = Decimal
S = BreakerState
BREAKERS = BreakerSettings(
    account=AccountLimits(action=BreakerAction.REDUCE),
    max_drawdown=DrawdownGuard(action=BreakerAction.FLATTEN),
    drawdown=Drawdown(D("0.1")),
    order_rate=Window(4),
    error_rate=Window(1, cool_ns=NS_PER_MINUTE),
    consecutive_losses=Window(2, cool_ns=NS_PER_MINUTE),
    stale_data=Bound(D(3 * NS_PER_MINUTE)),
    reconciliation=Bound(D(1)),
    alignment=Bound(D("0.1")),
)
OURS = {
    RefusalCode.BREAKER, RefusalCode.DAILY_LOSS, RefusalCode.MAX_DRAWDOWN, RefusalCode.BREAKER_DRAWDOWN,
    RefusalCode.HALTED, RefusalCode.ORDER_RATE,
}  # fmt: skip
NAMES = ("manual", "max_drawdown", "alignment", "order_rate", "account_daily", "error_rate", "no such")
acts = st.one_of(
    st.tuples(st.just("bar"), st.sampled_from((-0.3, -0.08, -0.02, 0.0, 0.01, 0.2, 0.5))),
    st.tuples(st.just("fill"), st.just(0)),
    st.tuples(st.just("reject"), st.just(0)),
    st.tuples(st.sampled_from(("trip", "reset", "drill")), st.sampled_from(NAMES)),
    st.tuples(st.just("account"), st.sampled_from((0, 0, 5))),
    st.tuples(st.sampled_from(("resume", "feed", "wait")), st.sampled_from((1, 60, 90_000))),
)


def wishes(ctx: Any, _: object) -> None:
    """Wish for more at every bar, and for less."""
    ctx.buy(3)
    if ctx.position().quantity > 1:
        ctx.sell(1, reduce_only=True)


def happen(made: Engine, act: str, what: Any, sent: list[Any]) -> Step | None:
    """Let something happen; return its step."""
    now = made.view.now
    match act:
        case "bar":
            price = max((made.view.last_price(BTC) or 100.0) * (1 + what), 1.0)
            return made.process(bar(round(price, 2), now // NS_PER_MINUTE))
        case "fill" | "reject" if sent:
            spec = sent.pop(0)
            if act == "reject":
                return made.process(rejected(spec.id, now))
            price = exact(round(made.view.last_price(BTC) or 1.0, 2))
            return made.process(filled(spec.id, spec.quantity, price, ts=now, trade_id=f"x-{spec.id}"))
        case "trip":
            return made.process(BreakerTripRequested(now, what))
        case "reset":
            return made.process(BreakerResetRequested(now, what, "seen"))
        case "drill":
            return made.process(BreakerDrillRequested(now, what))
        case "account":
            return made.process(account(made, what))
        case "resume":
            return made.process(Resumed(now))
        case "feed":
            return made.process(BreakerFed(now, "alignment", D(what) / 100))
        case "wait":
            return made.process(ev.TimerFired("/breakers", now + what * NS_PER_SECOND))  # type: ignore[arg-type]
    return None


def account(made: Engine, off: int) -> ev.AccountSnapshot:
    """Tell what the venue has: what we have, or so many coins less."""
    now = made.view.now + 6 * NS_PER_SECOND
    held = made.portfolio.totals[BTC].quantity - off
    balances = (Balance(Asset("USDT"), made.view.cash(Asset("USDT"))), Balance(Asset("BTC"), held))
    positions = (VenuePosition(BTC, held, D(100)),) if held else ()
    return ev.AccountSnapshot("binance", balances, positions, now, now, orders=(), fills=(), number=10**6)


@settings(max_examples=150)
@given(st.lists(acts, max_size=60))
def test_lesson_168_nothing_gets_past_a_latched_breaker_and_reductions_do(happenings: list[tuple[str, Any]]) -> None:
    with money_context():
        made = engine(script(on_bar=wishes), start=started(USDT=10_000), breakers=BREAKERS)
        assert made.breakers is not None
        breakers = made.breakers.board.breakers
        states: dict[str, BreakerState] = {}
        sent: list[Any] = []
        for act, what in happenings:
            step = happen(made, act, what, sent)
            if step is None:
                continue
            orders = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
            sent += orders
            entries = [order for order in orders if not order.reduce_only and order.purpose is Purpose.ENTRY]
            latched = [name for name, breaker in breakers.items() if breaker.state is S.LATCHED]
            assert not (entries and latched), f"{latched} let {entries} through at {step.event}"
            held_up = [r for r in step.refusals if getattr(r.intent, "reduce_only", False) and r.code in OURS]
            assert not held_up
            for changed in step.notices:
                if isinstance(changed, BreakerChanged) and not changed.is_drill:
                    assert states.get(changed.breaker, S.CLOSED) is changed.was
                    ways = {*TABLE[changed.was].values(), *({S.CLOSED} if changed.was is S.TRIPPED else ())}
                    assert changed.state in ways
                    states[changed.breaker] = changed.state
        assert states == {n: b.state for n, b in breakers.items() if n in states}
