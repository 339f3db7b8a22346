"""One key of the signal style put together: its strategy, an engine, a paper account at the simulated venue.

Each key has an account of its own, so that none can touch another's position or money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tradewind.app.signals.data import ExchangeCandles
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.events import SessionStarted
from tradewind.domain.ids import Asset, InstrumentId, StrategyId, instrument_id
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.execution.comparison import Reconciliation
from tradewind.record.market_data.names import split_symbol
from tradewind.risk.limits import Limits
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.strategy.signals.candles import Columns
from tradewind.strategy.signals.strategy import SignalStrategy
from tradewind.venues.sim.models import BpsFees, FixedBpsSlippage
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.breakers import BreakersState
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
    from tradewind.strategy.signals.key import Key
    from tradewind.strategy.signals.setting import Setting

COMPARED = Reconciliation(Mode.AUTO_ADJUST, interval_ns=NS_PER_MINUTE)
"""How a live key compares its books with its paper account's, where words between them can be lost."""
SAFE = "._-"
"""Besides letters and digits, what a name may keep in a path."""


@dataclass(frozen=True)
class SignalWorld:
    """What runs one key. Make and run it in `money_context()`."""

    strategy: SignalStrategy
    engine: Engine
    timeline: Timeline
    venue: SimVenue
    models: SimModels
    start: SessionStarted
    instrument: InstrumentId
    name: StrategyId

    @property
    def symbol(self) -> str:
        """Its symbol."""
        return self.engine.portfolio.instruments[self.instrument].symbol

    @property
    def key(self) -> Key:
        """The signal that this world is about."""
        return self.strategy.keys[self.instrument]


def encoded(name: str) -> str:
    """Return a name percent-encoded outside `A-Za-z0-9._-`; one of dots alone could leave its folder."""
    text = quote(name, safe=SAFE)
    return text.replace(".", "%2E") if not text.strip(".") else text


def instrument_of(exchange: ExchangeDefinition, symbol: str) -> Instrument:
    """Return a symbol of an exchange as a contract that is settled in its quote asset: long and short alike."""
    base, told = split_symbol(symbol, InstrumentKind.PERPETUAL)
    venue = encoded(exchange.exchange_name)
    return Instrument(
        id=instrument_id(venue, symbol),
        symbol=symbol,
        venue=venue,
        kind=InstrumentKind.PERPETUAL,
        base=base,
        quote=Asset(exchange.quote) if exchange.quote else told,
        tick=exchange.tick,
        lot=exchange.lot,
        quantity_min=exchange.quantity_min,
        notional_min=exchange.notional_min,
    )


def paper_models(exchange: ExchangeDefinition) -> SimModels:
    """Return the models by which the simulated venue keeps the rules of spec/signals.md, section 6."""
    bps = exchange.fee_pct * 100
    return SimModels(
        account=AccountKind.MARGIN,
        fees=BpsFees(bps, bps),
        slippage=FixedBpsSlippage(exchange.slippage_pct * 100),
        touch=True,
        volume_share=exchange.volume_share,
        improve=True,
        slip_limits=True,
        close_out=False,
        funding=False,
        faults=None if exchange.faults is None else exchange.faults(),
    )


def limits_of(exchange: ExchangeDefinition) -> Limits:
    """Return the limits of an exchange's account; shorts are the strategies' own affair."""
    return Limits(**exchange.limits, allow_short=True)


def world_of(  # noqa: PLR0913 - who, where, on what, how, since when
    definition: StrategyDefinition,
    exchange: ExchangeDefinition,
    symbol: str,
    setting: Setting,
    *,
    start: TimeNs,
    recording: bool,
    id_prefix: str = "tw",
    earned: Decimal = ZERO,
    breakers: BreakersState | None = None,
) -> SignalWorld:
    """Build the world of one key as it is before its first candle.

    `earned` and `breakers` are what sessions of the key before have brought, and what their breakers keep.
    """
    instrument = instrument_of(exchange, symbol)
    opening = (Balance(instrument.quote, exchange.balance + earned),)
    name = StrategyId(encoded(definition.strategy_name))
    setting.elsewhere = lambda other: ExchangeCandles(exchange, other, Columns())
    strategy = SignalStrategy(definition, exchange, setting)
    settings = EngineSettings(
        base=instrument.quote,
        account=AccountKind.MARGIN,
        id_prefix=id_prefix,
        limits=limits_of(exchange),
        history_bars=10,
        halt_on_strategy_error=False,
        breakers=exchange.breakers,
        reconciliation=COMPARED if setting.mode == "live" and exchange.faults is not None else Reconciliation(),
    )
    engine = Engine((instrument,), {name: strategy}, settings, recording=recording)
    timeline = Timeline()
    models = paper_models(exchange)
    venue = SimVenue((instrument,), models, timeline, base=instrument.quote, opening=opening, calendar=AlwaysOpen())
    started = SessionStarted(start, instrument.venue, opening, breakers=breakers)
    return SignalWorld(strategy, engine, timeline, venue, models, started, instrument.id, name)
