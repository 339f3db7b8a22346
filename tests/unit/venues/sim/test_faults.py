from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.unit.venues.sim.world import World
from tradewind.domain import events as ev
from tradewind.domain.commands import QueryAccount
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.sim.faults import Fate, SeededFaults

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs

SECOND = NS_PER_SECOND


class Told:
    """Faults as they are told, one after the other."""

    timeout_ns = 5 * SECOND

    def __init__(self, *fates: Fate, lost_questions: int = 0, lost_words: int = 0) -> None:
        self.fates = list(fates)
        self.lost_questions = lost_questions
        self.lost_words = lost_words

    def fate(self) -> Fate:
        return self.fates.pop(0) if self.fates else Fate.ANSWERED

    def delay(self) -> TimeNs:
        return 20 * SECOND

    def loses_question(self) -> bool:
        self.lost_questions -= 1
        return self.lost_questions >= 0

    def loses_account(self) -> bool:
        return self.loses_question()

    def loses_word(self) -> bool:
        self.lost_words -= 1
        return self.lost_words >= 0


def kinds(world: World, order: str) -> list[str]:
    return [type(event).__name__ for event in world.of(order)]


def test_a_lost_request_leaves_nothing_at_the_venue() -> None:
    world = World(faults=Told(Fate.LOST))
    sent = world.now
    world.send("a")
    world.flat(100, 100)
    (unknown,) = world.of("a")
    assert unknown == ev.OutcomeUnknown(unknown.order, "no answer to SubmitOrder", sent + 5 * SECOND)
    world.query("a")
    world.until(world.now)
    assert kinds(world, "a") == ["OutcomeUnknown", "OrderNotFound"]
    assert world.held() == "0"


def test_without_an_answer_the_order_lives_and_a_question_tells_all() -> None:
    world = World(faults=Told(Fate.UNANSWERED))
    world.send("a")
    world.flat(100, 100)
    assert kinds(world, "a") == ["OutcomeUnknown"]
    assert world.held() == "1"
    world.query("a")
    world.until(world.now)
    assert kinds(world, "a") == ["OutcomeUnknown", "OrderAccepted", "OrderFilled", "OrderFound"]


def test_a_refusal_that_nobody_heard_is_an_order_that_is_not_there() -> None:
    world = World(faults=Told(Fate.UNANSWERED), cash=1)
    world.send("a")
    world.flat(100)
    world.query("a")
    world.until(world.now)
    assert kinds(world, "a") == ["OutcomeUnknown", "OrderNotFound"]


def test_a_late_request_is_overtaken() -> None:
    world = World(faults=Told(Fate.LATE))
    world.send("a", price=90)
    world.cancel("a")
    world.query("a")
    world.flat(100)
    assert kinds(world, "a") == ["CancelRejected", "OrderNotFound", "OutcomeUnknown", "OrderAccepted"]
    assert world.of("a", ev.OrderAccepted)[0].ts_venue == 60 * SECOND + 20 * SECOND


@pytest.mark.parametrize("request_", ["cancel", "amend"])
def test_cancels_and_amendments_get_lost_as_well(request_: str) -> None:
    world = World(faults=Told(Fate.ANSWERED, Fate.UNANSWERED))
    world.send("a", price=90)
    getattr(world, request_)("a", **({"quantity": 3} if request_ == "amend" else {}))
    world.flat(100)
    assert kinds(world, "a") == ["OrderAccepted", "OutcomeUnknown"]
    world.query("a")
    world.until(world.now)
    done = "OrderCancelled" if request_ == "cancel" else "OrderAmended"
    assert kinds(world, "a")[2:] == ["OrderAccepted", done, "OrderFound"]


def test_a_look_up_fails_and_says_so() -> None:
    world = World(faults=Told(lost_questions=1))
    world.send("a", price=90)
    world.query("a")
    world.flat(100)
    world.query("a")
    world.until(world.now)
    assert kinds(world, "a") == ["OrderAccepted", "LookupFailed", "OrderAccepted", "OrderFound"]


def test_faults_are_drawn_from_their_seed_as_often_as_they_should() -> None:
    def drawn(seed: int) -> list[Fate]:
        faults = SeededFaults(seed, lost=0.1, unanswered=0.2, late=0.3)
        return [faults.fate() for _ in range(5_000)]

    assert drawn(1) == drawn(1) != drawn(2)
    counts = Counter(drawn(1))
    wanted = {Fate.LOST: 0.1, Fate.UNANSWERED: 0.2, Fate.LATE: 0.3, Fate.ANSWERED: 0.4}
    for fate, share in wanted.items():
        assert abs(counts[fate] / 5_000 - share) < 0.03
    assert all(0 <= SeededFaults(1, late_ns=7).delay() < 7 for _ in range(100))


def test_nobody_has_more_than_one_fate() -> None:
    with pytest.raises(AssertionError, match="one fate"):
        SeededFaults(1, lost=0.6, late=0.6)


def asked(world: World, since: int = 0) -> ev.AccountSnapshot:
    world.venue.execute(QueryAccount(since), world.now)
    world.until(world.now)
    answer = world.heard[-1]
    assert isinstance(answer, ev.AccountSnapshot)
    return answer


def test_the_account_lists_what_rests_sleeps_and_was_executed() -> None:
    world = World()
    world.send("a")
    world.send("entry", price=90, stop_loss=80)
    world.flat(100)
    told = asked(world)
    assert [(order.order, bool(order.venue_order)) for order in told.orders or ()] == [("stop", False), ("entry", True)]
    assert [(fill.order, fill) for fill in told.fills or ()] == [("a", world.of("a", ev.OrderFilled)[0])]
    assert asked(world, world.now + 1).fills == ()


def test_a_word_that_is_lost_is_in_no_event_but_in_the_account() -> None:
    world = World(faults=Told(lost_words=2))
    world.send("a")
    world.flat(100)
    assert world.of("a") == []
    assert [fill.order for fill in asked(world).fills or ()] == ["a"]


def test_a_question_about_the_account_fails_like_any() -> None:
    world = World(faults=Told(lost_questions=1))
    world.venue.execute(QueryAccount(0), world.now)
    world.until(world.now + 5 * SECOND)
    assert [type(event) for event in world.heard] == [ev.SnapshotFailed]


def test_words_are_lost_as_often_as_they_should() -> None:
    faults = SeededFaults(1, lost_word=0.25)
    assert abs(sum(faults.loses_word() for _ in range(4_000)) / 4_000 - 0.25) < 0.03
    assert not any(SeededFaults(1).loses_word() for _ in range(100))
