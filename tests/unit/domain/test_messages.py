from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tradewind.domain import errors
from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.errors import ConfigError, RateLimited, TradewindError, VenueTimeout
from tradewind.domain.events import RANK, Event
from tradewind.domain.ids import Asset
from tradewind.domain.market import Bar
from tradewind.domain.step import QUIET, Step
from tradewind.testing import bar, filled, started

D = Decimal


def test_every_event_has_a_rank() -> None:
    assert set(RANK) == set(Event.__args__)


def test_what_changes_the_books_comes_before_what_is_decided_on_them() -> None:
    order = (ev.SessionStarted, ev.OrderFilled, ev.FundingPaid, ev.TimerFired, Bar)
    ranks = [RANK[kind] for kind in order]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize("event", [bar(), filled(fee="0.1"), started()])
def test_a_step_is_read_back_as_it_was_written(event: ev.Event) -> None:
    step = Step(7, event)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(step), type=Step) == step


def test_quiet_says_nothing() -> None:
    assert (QUIET.effects, QUIET.refusals, QUIET.notices) == ((), (), ())


def test_free_is_what_is_not_locked() -> None:
    assert Balance(Asset("USDT"), D(10), D(3)).free == 7


def test_errors_carry_their_facts() -> None:
    cause = OSError("gone")
    error = TradewindError("no route", {"host": "x"}, cause)
    assert error.to_log_fields() == {"error": "TradewindError", "message": "no route", "host": "x"}
    assert error.__cause__ is cause
    assert VenueTimeout("late", left=True).context == {"left": True}
    assert RateLimited("slow", retry_after_ns=5).retry_after_ns == 5
    assert str(ConfigError("bad", ("a", "b"))) == "bad\na\nb"


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn = {word for line in (errors.__doc__ or "").splitlines() for word in line.split() if hasattr(errors, word)}
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, TradewindError)}
    assert drawn == kinds
