"""A gate with an engine around it, and short ways to ask it. Other tests of `risk/` share it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.domain.restraint import Restraint, RestraintKind
from tradewind.domain.signal import AmendIntent
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.risk.breakers.settings import BreakerSettings
from tradewind.risk.limits import Limits
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    engine,
    filled,
    instrument,
    intent,
    order_spec,
    script,
)

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

D = Decimal
C = RefusalCode
BUY, SELL = Side.BUY, Side.SELL
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP
OTHER = StrategyId("s2")
PERP = [instrument(kind=InstrumentKind.PERPETUAL, margin_initial="0.1")]
MARGIN = AccountKind.MARGIN
SHORTS = Limits(allow_short=True)


def session(*, price: float | None = 100.0, held: Any = 0, **options: Any) -> Engine:
    """Return an engine with two strategies, a last price and a position of the first."""
    made = engine(script(), script(), **options)
    if price is not None:
        made.process(bar(price))
    if held:
        side = BUY if held > 0 else SELL
        made.orders.submit(order_spec(side, abs(held), id="held"))
        made.process(filled("held", abs(held), 100, ts=made.view.now))
    return made


def dress(made: Engine, **terms: Any) -> RefusalCode | None:
    """Return why the policies of positions refuse an entry, on its way to the gate."""
    assert made.exits is not None
    found = made.exits.dress(intent(**terms))
    return found.code if isinstance(found, Refusal) else None


def restrained(made: Engine, kind: RestraintKind, **terms: Any) -> Engine:
    """Lay a restraint on the first strategy."""
    made.risk.restrain(Restraint(STRATEGY, kind, **terms))
    return made


def contracts(**options: Any) -> Engine:
    return session(**{"instruments": PERP, "account": MARGIN, "limits": SHORTS, **options})


def sent(made: Engine, *args: Any, order: str, **terms: Any) -> None:
    """Let an order through the gate and count it as in flight."""
    verdict = made.risk.review(intent(*args, id=order, **terms))
    assert not isinstance(verdict, Refusal), verdict
    made.orders.submit(*verdict)


def code(verdict: Any) -> RefusalCode | None:
    return verdict.code if isinstance(verdict, Refusal) else None


def review(made: Engine, *args: Any, **terms: Any) -> RefusalCode | None:
    return code(made.risk.review(intent(*args, **terms)))


def told(made: Engine, *events: Any) -> Engine:
    for event in events:
        made.process(event)
    return made


def stopping(made: Engine) -> Engine:
    made.risk.stopping = True
    return made


def unready(made: Engine) -> Engine:
    """Leave the first comparison with the venue out."""
    made.risk.is_ready = False
    return made


def closing(made: Engine) -> Engine:
    """Let exposure fall only."""
    made.risk.close_only["test"] = "so it is"
    return made


def broken(price: float, **settings: Any) -> Engine:
    """Trip a breaker: half of what there is was bought at 100, and comes to this price."""
    terms = {"account": None, "max_drawdown": None} | settings
    made = session(held=500, breakers=BreakerSettings(**terms))
    made.process(bar(price, 1))
    return made


def disputed(made: Engine) -> Engine:
    made.risk.disputed = {BTC}
    return made


def unknown(made: Engine) -> Engine:
    made.orders.submit(order_spec(id="u"))
    return told(made, ev.OutcomeUnknown(ClientOrderId("u"), "timeout", made.view.now))


def resting(made: Engine, side: Side = BUY, quantity: Any = 1, **terms: Any) -> Engine:
    """Rest an order `t-1`: a limit at 99 unless the terms say otherwise."""
    made.orders.submit(order_spec(side, quantity, **{"type": LIMIT, "price": 99, **terms}))
    return told(made, accepted(ts=made.view.now))


def amend(made: Engine, strategy: StrategyId = STRATEGY, **values: Any) -> RefusalCode | None:
    wish = AmendIntent(strategy, ClientOrderId("t-1"), **values)
    verdict = made.risk.review_amend(wish)
    assert verdict is None or verdict.intent is wish
    return code(verdict)
