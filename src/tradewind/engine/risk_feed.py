"""What the risk gate is fed with, where its limits need it: bars, executions, closed trades, trading days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.commands import FollowCalendar
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.money import ONE, ZERO
from tradewind.engine.fill_prices import watch_fill_prices
from tradewind.engine.stop_limits import watch_stop_limits
from tradewind.portfolio.ledger import Account
from tradewind.risk.breakers.settings import BreakerSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.engine.engine import Engine
    from tradewind.risk.limits import Limits

_FEES = Account.FEES


def watched(breakers: BreakerSettings | None, limits: Limits) -> BreakerSettings | None:
    """Return the breakers of a session, with what the limits of entries go by: peak, trough and the day's start.

    Where there are none and the limits need that, they are breakers that trip at nothing; None where nobody needs it.
    """
    parameters = limits.parameters
    if parameters is None or (parameters.dynamic is None and parameters.max_daily_risk is None):
        return breakers
    if breakers is None:
        breakers = BreakerSettings(account=None, max_drawdown=None)
    return replace(breakers, keeps_trough=parameters.dynamic is not None)


def feed_risk(engine: Engine, routes: dict[type, Any]) -> None:
    """Connect the gate with the stages that it goes by; where nothing of it is configured, nothing is connected."""
    watch_fill_prices(engine, routes)
    watch_stop_limits(engine, routes)
    facts = engine.risk.facts
    if facts is None:
        return
    facts.tell, facts.next_id = engine.words.append, engine.ids.next
    if engine.exits is not None:
        facts.planned = engine.exits.stop_of
    if engine.breakers is not None:
        facts.marks = engine.breakers.board.worth
        facts.results.day_end_ns = engine.breakers.settings.day_end_ns
        if engine.breakers.settings.day_calendar:
            worth = engine.breakers.board.worth
            facts.results.until = lambda: worth.day_until
    facts.results.realised = realised_by(engine)
    engine.portfolio.listener = facts.results
    engine.lanes.watcher = facts


def realised_by(engine: Engine) -> Callable[[], Decimal | None]:
    """Return what tells what all closed parts of positions have brought, less fees, in the base currency.

    It answers None where a price is missing. It is asked after each execution.
    """
    portfolio, worth, base = engine.portfolio, engine.view.worth, engine.settings.base
    quoted = [(position, portfolio.instruments[name].quote) for name, position in portfolio.totals.items()]

    books = portfolio.ledger.books

    def realised() -> Decimal | None:
        total = ZERO
        for position, quote in quoted:
            brought = position.realized
            if brought:
                price = ONE if quote == base else worth(quote)
                if price is None:
                    return None
                total += brought if price is ONE else brought * price
        for asset, accounts in books.items():
            paid = accounts[_FEES]
            if paid:
                price = ONE if asset == base else worth(asset)
                if price is None:
                    return None
                total -= paid if price is ONE else paid * price
        return total

    return realised


def calendars(engine: Engine) -> list[FollowCalendar]:
    """Return the wishes for the trading days that entries wait for, and breakers go by."""
    names: set[str] = set()
    if engine.settings.limits.in_session_only:
        names = {instrument.calendar for instrument in engine.portfolio.instruments.values()} - {ALWAYS_OPEN}
    if engine.breakers is not None:
        rules = engine.breakers.settings
        names |= {rules.day_calendar, "" if rules.trading_hours is None else rules.trading_hours.calendar} - {""}
    return [FollowCalendar(name) for name in sorted(names)]
