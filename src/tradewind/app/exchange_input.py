"""An exchange in another process as the input of a live session: asked once, before the session is put together."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tradewind.app.bootstrap import AccountThere, Input, history_start
from tradewind.app.config.trading import ExchangeTrading
from tradewind.domain.account import Balance
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import Interval
from tradewind.venues.exchange.policy import LinkPolicy
from tradewind.venues.exchange.protocol import UNKNOWN
from tradewind.venues.exchange.rest import bars_of, facts_of
from tradewind.venues.exchange.venue import ExchangeVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.app.config import Config
    from tradewind.app.session.resume_point import ResumePoint
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.venues.exchange.clock import LinkClock
    from tradewind.venues.exchange.protocol import Facts
    from tradewind.venues.registry.exchange_settings import ExchangeDataSettings
    from tradewind.venues.sim.settings import MatchOn

BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)


class NoMore:
    """Nothing of the past (port `History`): what a link missed, the exchange tells again by number."""

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())


def at_exchange(config: Config, settings: ExchangeDataSettings) -> Input:
    """Ask an exchange what it has; raise `VenueUnavailable` if nobody answers, `VenueRefused` for what it has not."""
    name = config.trading.config.account if isinstance(config.trading, ExchangeTrading) else ""
    facts = facts_of(settings.address, name)
    instruments = _chosen(config, facts)
    ours = {instrument.id for instrument in instruments}
    warm_from = history_start(config, facts.trades_from)
    stamp = f"process {os.getpid()} at {time.time_ns()}"

    def linked(wanted: Callable[[MarketEvent], bool], had: tuple[int, int]) -> tuple[ExchangeVenue, LinkClock]:
        link = ExchangeVenue(
            settings.address, name, venue=instruments[0].venue, client=stamp,
            wanted=lambda event: event.instrument in ours and wanted(event), policy=_policy(config, settings), had=had,
        )  # fmt: skip
        return link, link.clock

    def bars(since: TimeNs, last: int) -> Iterator[MarketEvent]:
        return (b for b in bars_of(settings.address, since, facts.interval, last) if b.instrument in ours)

    def go_on(stop: ResumePoint) -> Input:
        first = min(warm_from, facts.begins)
        return replace(
            given,
            warmup=lambda: stop.places.seen(bars(stop.since(first), facts.sent), stop.ts),
            source=lambda: linked(stop.places.teller(), (UNKNOWN, UNKNOWN)),
            start=min(stop.since(first), stop.ts),
            trades_from=max(facts.trades_from, stop.ts),
            warms_up=True,
        )

    given = Input(
        instruments=instruments,
        interval=Interval.parse(facts.interval),
        warmup=lambda: bars(warm_from, facts.taken) if warm_from < facts.trades_from else iter(()),
        events=lambda: (),
        history=NoMore(),
        start=warm_from,
        trades_from=facts.trades_from,
        rows=None,
        described=f"exchange at {settings.address}: {facts.described}",
        warms_up=warm_from < facts.trades_from,
        source=lambda: linked(lambda _: True, (facts.reports, facts.taken)),
        go_on=go_on,
        finest=cast("MatchOn", facts.finest),
        account=_account(name, facts),
    )
    return given


def _account(name: str, facts: Facts) -> AccountThere | None:
    if facts.kind is None or facts.snapshot is None:
        return None
    owned = facts.snapshot.balances or ()
    return AccountThere(name, facts.kind, tuple(Balance(each.asset, each.total) for each in owned))


def _policy(config: Config, settings: ExchangeDataSettings) -> LinkPolicy:
    if not isinstance(config.trading, ExchangeTrading):
        return LinkPolicy(dead_seconds=settings.dead_seconds)
    trading = config.trading.config
    longest = trading.reconnect_seconds_max
    return LinkPolicy(
        dead_seconds=settings.dead_seconds,
        answer_seconds=trading.answer_seconds,
        wait_seconds=trading.wait_seconds,
        backoff_seconds=(*(wait for wait in BACKOFF_SECONDS if wait < longest), longest),
    )


def _chosen(config: Config, facts: Facts) -> tuple[Instrument, ...]:
    """Return the instruments of the session, in its order; what they are is the exchange's to say."""
    found = {instrument.symbol: instrument for instrument in facts.instruments}
    missing = [symbol for symbol in config.engine.symbols if symbol not in found]
    if missing:
        raise ConfigError(
            f"engine.symbols: the exchange does not trade {', '.join(missing)}; it has {', '.join(found)}"
        )
    wanted, made = Interval.parse(config.engine.interval), Interval.parse(facts.interval)
    if wanted != made and not wanted.is_made_of(made):
        raise ConfigError(f"engine.interval: the exchange has bars of {made.label}; {wanted.label} is not made of them")
    if config.instruments:
        raise ConfigError("instruments: what is traded is the exchange's to say; put this block into its configuration")
    return tuple(found[symbol] for symbol in config.engine.symbols)
