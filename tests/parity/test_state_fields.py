"""Every field of an engine's state is needed: without it a session that is gone on with does something else.

Seen are its steps, and where it stands at the end.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.parity.restarts import Went, as_it_is, go
from tests.parity.worlds import Scenario
from tradewind.domain import checkpoint, exits
from tradewind.domain.account import AccountKind
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.message import Message
from tradewind.domain.money import money_context
from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution import orders
from tradewind.execution.comparison import Reconciliation
from tradewind.record.journal.reader import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = Reconciliation(
    Mode.MANUAL_APPROVAL, interval_ns=40 * NS_PER_SECOND, confirm_after_ns=90 * NS_PER_SECOND, grace_ns=NS_PER_SECOND
)
FAULTS = (0.1, 0.2, 0.1, 0.5)
PERPETUALS = Scenario(bars=25, kind=InstrumentKind.PERPETUAL, account=AccountKind.MARGIN, strategies=3)
SCENARIOS = (
    Scenario(
        seed=16, bars=25, strategies=3, account=AccountKind.MARGIN, faults=FAULTS, lost_word=0.2,
        reconciliation=ROUNDS, ticks=True,
    ),
    Scenario(seed=40, bars=25, faults=FAULTS, latency_ns=(35 * NS_PER_SECOND,) * 3, ticks=True),
    replace(PERPETUALS, seed=52, volume_share=Decimal("0.1")),
    replace(PERPETUALS, seed=2, bars=30, policies=True, ticks=True, volume_share=Decimal("0.1")),
)  # fmt: skip
ELSEWHERE = {
    "seq": "of engines that follow", "ts": "likewise", "id_prefix": "for people",
    "places": "of the feed: tests/parity/test_recovery.py", "venue": "runtime",
    "portfolio.totals.strategy": "always empty", "strategies.cache": "of guests: tests/unit/strategy/wasm/test_life.py",
}  # fmt: skip
BY_HAND = (
    "portfolio.charges", "confirmations", "orders.doubts.heard", "risk.facts", "risk.amended", "risk.tightened",
    "breakers", "swaps", "orders.doubts.is_forgotten",
    "orders.doubts.is_over_due", "orders.doubts.since", "orders.orders.amending", "orders.orders.over",
    "orders.orders.executed", "risk.close_only", "risk.cancel_only",
    "risk.disputed", "risk.sent", "risk.unguarded", "risk.without_exits", "reconciliation.lapsed",
    "reconciliation.newest", "reconciliation.retry_ns", "reconciliation.suspicions",
    "reconciliation.rejected",
    "exits.planned", "exits.held.target", "exits.days", "exits.held.trails", "exits.held.even", "exits.held.added",
    "exits.held.leaving_since", "exits.held.failures", "exits.held.is_blind", "exits.held.bare_since",
    "exits.held.reached", "exits.held.price",
    "reconciliation.approved", "reconciliation.reports.certain.what", "prices.priced_at", "portfolio.trips.borrow",
)  # fmt: skip
"""What these worlds do not come to; tests/unit/engine/test_checkpoint.py carries each of them through an engine."""
EVERY = 9
"""So many events apart a new engine takes over."""
MODULES = (checkpoint.__name__, exits.__name__)
Path = tuple[str, ...]


def paths(kind: type[Any] = EngineState, above: Path = ()) -> Iterator[Path]:
    """Yield the fields of a state, of its parts, and of the things that its parts have many of."""
    for field in msgspec.structs.fields(kind):
        inner = field.type if isinstance(field.type, type) else next(iter(getattr(field.type, "__args__", ())), None)
        path = (*above, field.name)
        if not (field.required and isinstance(inner, type) and issubclass(inner, Message | Enum)):
            yield path
        if isinstance(inner, type) and issubclass(inner, Message) and inner.__module__ in MODULES:
            yield from paths(inner, path)


def cleared(state: Any, path: Path) -> Any:
    """Return a state without one field, in each of its parts that have it."""
    if isinstance(state, tuple):
        return tuple(cleared(each, path) for each in state)
    name, rest = path[0], path[1:]
    value = getattr(state, name)
    if rest:
        return msgspec.structs.replace(state, **{name: cleared(value, rest)})
    return msgspec.structs.replace(state, **{name: nothing(value)})


def nothing(value: Any) -> Any:
    if isinstance(value, Message):
        return type(value)()
    return None if value is None else type(value)()


@cache
def ran(number: int, path: Path = ()) -> tuple[str, EngineState]:
    """Run a world; return what it did and where it came to."""
    restarts = range(EVERY, 1_000, EVERY)
    return told(go(SCENARIOS[number], restarts, partial(cleared, path=path) if path else as_it_is))


def told(went: Went) -> tuple[str, EngineState]:
    assert went.engine is not None
    with money_context():
        return digest_of(went.steps) + str(went.engine.portfolio.trips), went.engine.state()


def is_missed(number: int, path: Path) -> bool:
    try:
        return ran(number, path) != ran(number)
    except (AssertionError, LookupError, ValueError, ArithmeticError):
        return True  # it does not go at all


FIELDS = [
    path
    for path in paths()
    if not ELSEWHERE.keys() & {path[0], ".".join(path)} and not ".".join(path).startswith(BY_HAND)
]


@pytest.mark.parametrize("path", FIELDS, ids=".".join)
def test_without_a_field_a_session_goes_on_otherwise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "CLOSED_KEPT_MAX", 30)
    assert any(is_missed(number, path) for number in range(len(SCENARIOS)))
