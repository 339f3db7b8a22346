"""No sequence of wishes, whatever the venue makes of them, gets past the caps of entries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.risk.entries import ALL, desk, only
from tradewind.domain import events as ev
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.signal import AmendIntent
from tradewind.domain.step import Refusal
from tradewind.domain.units import PriceMove
from tradewind.risk.checks import Candidate
from tradewind.risk.entry.book import Stops, keys, lines, there
from tradewind.risk.entry.entry import Entry, entry_of
from tradewind.risk.entry.rules import EntryRules
from tradewind.risk.facts import Facts
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.limits import Limits
from tradewind.testing import accepted, cancelled, filled, intent

D = Decimal
EQUITY = D(10_000)
LIMITS = only(
    max_position_size=D("0.10"), max_total_exposure=D("0.25"), max_concurrent_positions=3, stop_loss=D("0.05"),
    max_daily_risk=D("0.011"), max_risk_per_trade=D("0.004"), min_fraction=D("0.001"),
)  # fmt: skip
WISHES = st.lists(
    st.tuples(
        st.sampled_from(ALL), st.sampled_from(Side), st.integers(1, 400), st.sampled_from(("s", "s2")),
        st.sampled_from(("market", "limit", "add", "amend")), st.sampled_from(("fill", "half", "wait", "cancel")),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def say(made: Any, number: int, wanted: Any) -> str | None:
    """Say one wish; return the order that was sent or amended, None if it was refused."""
    name, side, size, strategy, terms, _ = wanted
    if terms == "amend":
        resting = [order.spec for order in made.orders.open(name) if order.spec.type is OrderType.LIMIT]
        if not resting or made.risk.review_amend(wish := AmendIntent(resting[0].strategy, resting[0].id, D(size) / 10)):
            return None
        made.orders.amend(wish)
        made.process(ev.OrderAmended(wish.order, D(size) / 10, resting[0].price, None, made.view.now, made.view.now))
        return wish.order
    extra: Any = {"type": OrderType.LIMIT, "price": 100} if terms == "limit" else {}
    purpose = Purpose.SCALE_IN if terms == "add" else Purpose.ENTRY
    verdict = made.risk.review(
        intent(
            side,
            D(size) / 10,
            id=f"o{number}",
            instrument=name,
            strategy=StrategyId(strategy),
            purpose=purpose,
            **extra,
        )
    )
    if isinstance(verdict, Refusal):
        return None
    made.orders.submit(*verdict)
    made.process(accepted(f"o{number}", ts=made.view.now))
    return f"o{number}"


def happen(made: Any, order: str, fate: str, number: int) -> None:
    """Let the venue fill an order at 100, half of it, cancel it, or leave it where it is."""
    known = made.orders.by_id[ClientOrderId(order)]
    if known.is_closed or fate == "wait":
        return
    if fate == "cancel":
        made.process(cancelled(order, made.view.now))
        return
    quantity = known.open_quantity if fate == "fill" else (known.open_quantity / 2).quantize(D("0.001"))
    if quantity:
        made.process(filled(order, quantity, 100, ts=made.view.now, trade_id=f"x{number}"))


@settings(max_examples=25, deadline=None)
@given(WISHES)
def test_caps_hold_whatever_is_wished_for(wishes: Any) -> None:
    """RP 1.4: after each wish positions, exposure, their number and the risk of the day are within their caps."""
    made = desk(LIMITS)
    for number, wanted in enumerate(wishes):
        order = say(made, number, wanted)
        if order is not None:
            assert_within(made, wanted)
            happen(made, order, wanted[-1], number)


def assert_within(made: Any, wanted: Any) -> None:
    """See that the entry that was let through has not taken anything beyond a cap."""
    name, side, *_ = wanted
    found = lines(made.view)
    towards = sum(
        (line.quantity * side.sign for line in found
         if line.key[1] == name and (line.order is None or line.quantity * side.sign > 0)), D(0),
    )  # fmt: skip
    assert towards * 100 <= D("0.10") * EQUITY
    assert len(keys(found)) <= 3
    gross = sum((abs(line.quantity) for line in there(found)), D(0)) * 100
    assert gross <= D("0.25") * EQUITY
    stops = Stops(made.orders.open(), lambda _: None)
    assert sum((stops.lost(line) * abs(line.quantity) for line in there(found)), D(0)) <= D("0.011") * EQUITY + 1


FRACTIONS = st.none() | st.integers(1, 900).map(lambda part: D(part) / 1000)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        dict.fromkeys(("max_fraction", "max_position_size", "max_total_exposure", "max_daily_risk"), FRACTIONS)
    ),
    st.integers(1, 9_000), st.sampled_from(Side), st.booleans(),
)  # fmt: skip
def test_caps_where_nothing_is_held_are_those_that_look_at_what_is(
    limits: Any, size: int, side: Side, governed: bool
) -> None:
    """A flat account takes a shorter way through the caps: rooms, size and refusal come out the same."""
    parameters = only(**limits, stop_loss=D("0.05"), governor=GovernorConfig() if governed else None)
    made, ends = desk(parameters), []
    rules = EntryRules(parameters, made.view, made.risk.facts or Facts(Limits(), made.view, "1m"))
    for check in (
        rules._caps.check,
        lambda entry: next(filter(None, (rule(entry) for rule in rules._caps.rules)), None),
    ):
        candidate = made.risk._candidate(intent(side, D(size) / 10, id="o1", instrument=ALL[0]))
        assert isinstance(candidate, Candidate)
        entry = entry_of(candidate, made.view)
        assert isinstance(entry, Entry)
        entry.stop = PriceMove(D("0.05"))
        ends.append((check(entry), entry.size, entry.caps, entry.bound))
    assert ends[0] == ends[1]
