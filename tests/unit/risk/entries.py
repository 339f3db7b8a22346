"""An engine whose entries are limited in fractions of the equity, and short ways to ask it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.unit.risk.gate import BUY, MARGIN, SELL, code
from tradewind.domain.approval import EntrySized
from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.step import Refusal
from tradewind.risk.limits import Limits
from tradewind.risk.parameters import NO_PARAMETERS, RiskParameters
from tradewind.testing import BTC, bar, engine, filled, instrument, intent, script, started

if TYPE_CHECKING:
    from tradewind.domain.signal import OrderIntent
    from tradewind.engine.engine import Engine

D = Decimal
ETH, SOL = InstrumentId("binance:ETHUSDT"), InstrumentId("binance:SOLUSDT")
ALL = (BTC, ETH, SOL)
TRADER = StrategyId("s")
LOT = "0.001"


class Marked:
    """What the account was worth, as a test says."""

    def __init__(self, peak: Any = 10_000, trough: Any = None, baseline: Any = None) -> None:
        self.peak = D(peak)
        self.trough = self.peak if trough is None else D(trough)
        self.baseline = None if baseline is None else D(baseline)


def only(**parameters: Any) -> RiskParameters:
    """Return parameters with these limits and no others."""
    return replace(NO_PARAMETERS, **parameters)


def desk(parameters: RiskParameters, *, prices: Any = (100, 100, 100), marks: Any = None, **limits: Any) -> Engine:
    """Return an engine with three contracts without fees, 10,000 USDT, and a price of each."""
    contracts = [
        instrument(name, kind=InstrumentKind.PERPETUAL, lot=LOT, margin_initial="0.05")
        for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    ]
    options = {"parameters": parameters, "allow_short": True, "price_collar": None, **limits}
    made = engine(
        script(), script(), instruments=contracts, account=MARGIN, limits=Limits(**options), start=started(USDT=10_000)
    )
    for name, price in zip(ALL, prices, strict=True):
        made.process(bar(price, of=name))
    if marks is not None and made.risk.facts is not None:
        made.risk.facts.marks = marks
    return made


def wish(fraction: Any, *, of: InstrumentId = BTC, side: Any = BUY, order: str = "t-1", **terms: Any) -> OrderIntent:
    """Return the wish for an entry of a fraction of 10,000 at a price of 100."""
    return intent(side, D(fraction) * 100, id=order, instrument=of, **terms)


def enter(made: Engine, fraction: Any, **terms: Any) -> Any:
    """Send an entry through the gate and fill it at once at 100; return its code, or its size over 10,000."""
    sent = send(made, fraction, **terms)
    if isinstance(sent, Decimal):
        order = terms.get("order", "t-1")
        made.process(filled(order, sent * 100, 100, ts=made.view.now, trade_id=f"x-{order}"))
    return sent


def send(made: Engine, fraction: Any, **terms: Any) -> Any:
    """Send an entry through the gate and leave it in flight; return its code, or its size over 10,000."""
    verdict = made.risk.review(wish(fraction, **terms))
    if isinstance(verdict, Refusal):
        return verdict.code
    made.orders.submit(*verdict)
    return verdict[0].quantity / 100


def size(made: Engine, fraction: Any, **terms: Any) -> Any:
    """Return what an entry would be, over 10,000, or its code; nothing is sent."""
    verdict = made.risk.review(wish(fraction, **terms))
    return code(verdict) if isinstance(verdict, Refusal) else verdict[0].quantity / 100


def told(made: Engine) -> EntrySized:
    """Return what was told of the last entry."""
    return next(word for word in reversed(made.words) if isinstance(word, EntrySized))


__all__ = ["BTC", "BUY", "ETH", "SELL", "SOL", "D", "Marked", "desk", "enter", "only", "send", "size", "told", "wish"]
