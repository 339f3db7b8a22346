"""Row 4: whether the market of an entry is known and open. Each check is there only where it is configured."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.order import OrderType, Side
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_SECOND, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.domain.events import TradingDay
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.checks import Candidate
    from tradewind.risk.limits import Limits

    Check = Callable[[Candidate], Refusal | None]

C = RefusalCode


def market_checks(limits: Limits, view: View, days: Mapping[str, TradingDay]) -> tuple[Check, ...]:
    """Return the checks that the limits ask for."""
    found: list[Check] = []
    age = limits.data_age_max_ns
    if age is not None:
        found.append(_age_check(age, view))
    if limits.in_session_only:
        found.append(lambda candidate: _check_session(candidate, days, view))
    if not limits.self_cross:
        found.append(lambda candidate: _check_cross(candidate, view))
    return tuple(found)


def _age_check(limit: int, view: View) -> Check:
    """Return what refuses new risk on a price that is too old; other instruments are not concerned."""
    priced_at = view.priced_at

    def check(candidate: Candidate) -> Refusal | None:
        at = priced_at(candidate.instrument.id)
        age = None if at is None else view.now - at
        if age is not None and age <= limit:
            return None
        seconds = None if age is None else Decimal(age) / NS_PER_SECOND
        return candidate.refuse(C.STALE_DATA, Decimal(limit) / NS_PER_SECOND, seconds, "seconds since the last price")

    return check


def _check_session(candidate: Candidate, days: Mapping[str, TradingDay], view: View) -> Refusal | None:
    """Refuse an entry outside the trading hours; a calendar of which nothing was told counts as closed."""
    calendar, now = candidate.instrument.calendar, view.now
    if calendar == ALWAYS_OPEN:
        return None
    day = days.get(calendar)
    if day is not None and day.is_open(now):
        return None
    told = "no session was told" if day is None else f"{iso(day.ts_open)} to {iso(day.ts_close)}"
    return candidate.refuse(C.SESSION_CLOSED, detail=f"{calendar}, {told}")


def _check_cross(candidate: Candidate, view: View) -> Refusal | None:
    """Refuse an order that could trade against one of ours that rests."""
    intent = candidate.intent
    for order in view.open_orders(intent.instrument):
        spec = order.spec
        if spec.side is not intent.side and spec.type is OrderType.LIMIT and _meets(candidate, spec):
            return candidate.refuse(C.SELF_CROSS, spec.price, candidate.price, f"our order {spec.id} rests there")
    return None


def _meets(candidate: Candidate, resting: OrderSpec) -> bool:
    if resting.parent is not None or resting.price is None:
        return False
    buys = candidate.intent.side is Side.BUY
    return candidate.price >= resting.price if buys else candidate.price <= resting.price
