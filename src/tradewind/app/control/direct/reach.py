"""The way to the venue of a configuration, without an engine: what is traded there, and the port of its orders."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from tradewind.app.bootstrap import input_of, owned_apart
from tradewind.app.config.binance import BinanceTrading
from tradewind.app.config.trading import PaperTrading
from tradewind.app.session.resume import recovered
from tradewind.domain.account import AccountKind
from tradewind.domain.errors import ControlError, TradewindError
from tradewind.record.journal.reader import read_header
from tradewind.record.sessions.find import sessions
from tradewind.venues.exchange.venue import ExchangeVenue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from tradewind.app.bootstrap import Input
    from tradewind.app.config import Config
    from tradewind.domain.ids import Asset
    from tradewind.domain.instrument import Instrument
    from tradewind.ports import Clock, Venue


class Reach(NamedTuple):
    """A venue, and what must be known of it."""

    venue: Venue
    clock: Clock
    instruments: tuple[Instrument, ...]
    before: Mapping[Asset, Decimal] | None
    """What the account had that is not ours; None if nobody knows."""
    is_margined: bool
    kept: object
    """What must live as long as the venue is used."""


def reach(config: Config, account: str, token: int, catalog: Path) -> Reach:
    """Connect nothing yet; raise `ControlError` for a paper account, `VenueUnavailable` where nobody answers."""
    if isinstance(config.trading, PaperTrading):
        raise ControlError("a paper account lives in its session alone: there is no venue to go to")
    given = input_of(for_a_stop(config), catalog, time.time_ns(), live=True)
    source, clock = given.source()
    is_margined = given.account is not None and given.account.kind is AccountKind.MARGIN
    before = owned_before(config, account, given)
    if isinstance(source, ExchangeVenue):
        source.token = token
        return Reach(source, clock, given.instruments, before, is_margined, None)
    if given.way_out is None:
        raise ControlError(f"trading.provider_type: no way to the orders of {config.trading.provider_type}")
    return Reach(given.way_out(source, before or {}), clock, given.instruments, before, is_margined, source)


def for_a_stop(config: Config) -> Config:
    """Return a configuration that sets nothing at the venue, and in which no question about fees stands in the way."""
    if not isinstance(config.trading, BinanceTrading):
        return config
    terms = config.trading.config.model_copy(update={"fees_in_bnb": False, "leverage": None, "margin_type": None})
    return config.model_copy(update={"trading": config.trading.model_copy(update={"config": terms})})


def owned_before(config: Config, account: str, given: Input) -> dict[Asset, Decimal] | None:
    """Return what of each asset is not a position of ours, by the account's last journal; None if it cannot be read.

    Of an account that no session below `engine.data_output_path` has traded, all that is there is not ours.
    """
    from pathlib import Path

    for entry in reversed(sessions(Path(config.engine.data_output_path))):
        try:
            if read_header(entry.journal).account != account:
                continue
            state = recovered(entry, given.finest).state
        except (TradewindError, AssertionError):
            return None
        return owned_apart(state, given.instruments)
    there = () if given.account is None else given.account.balances
    return {balance.asset: balance.total - balance.borrowed for balance in there}
