from __future__ import annotations

import pytest

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryOrder
from tradewind.domain.errors import UnlistedTransition
from tradewind.execution.lifecycle import TABLE, TERMINAL, Completed, NeverArrived, OrderState, diagram, move

S = OrderState
MESSAGES = (*ev.OrderEvent.__args__, Completed, NeverArrived, CancelOrder, AmendOrder, QueryOrder, PlaceExits)
PAIRS = [(state, message) for state in S for message in MESSAGES]
NAMES = [f"{state.value}-{message.__name__}" for state, message in PAIRS]


@pytest.mark.parametrize(("state", "message"), PAIRS, ids=NAMES)
def test_every_pair_is_listed_or_raises(state: OrderState, message: type) -> None:
    if message in TABLE[state]:
        assert move(state, message) is TABLE[state][message]
        return
    with pytest.raises(UnlistedTransition, match=f"{state.value}.*{message.__name__}") as raised:
        move(state, message)
    assert raised.value.context == {"state": state.value, "message": message.__name__}


def test_every_state_has_its_rows_and_no_row_is_of_another_kind() -> None:
    assert set(TABLE) == set(S)
    assert {message for rows in TABLE.values() for message in rows} <= set(MESSAGES)


@pytest.mark.parametrize("state", [s for s in S if s not in TERMINAL])
def test_whatever_the_venue_says_of_a_living_order_is_listed(state: OrderState) -> None:
    assert set(ev.OrderEvent.__args__) <= set(TABLE[state])


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_the_dead_take_late_words_and_stay_dead_but_for_what_the_venue_has_done(state: OrderState) -> None:
    for event in ev.OrderEvent.__args__:
        target = move(state, event)
        back = state is S.REJECTED and event in (ev.OrderAccepted, ev.OrderFilled)
        assert target is (S.OPEN if back else state)
    for request in (CancelOrder, AmendOrder):
        with pytest.raises(UnlistedTransition):
            move(state, request)


def test_nothing_but_the_venues_word_ends_an_unknown_outcome() -> None:
    leave = {message for message, target in TABLE[S.UNKNOWN].items() if target is not S.UNKNOWN}
    assert leave == {
        ev.OrderAccepted, ev.OrderFilled, ev.OrderTriggered, ev.OrderAmended, ev.OrderCancelled, ev.OrderExpired,
        ev.OrderRejected, ev.OrderFound, NeverArrived, Completed,
    }  # fmt: skip


def test_a_look_up_that_comes_too_early_does_not_end_an_order() -> None:
    assert move(S.IN_FLIGHT, ev.OrderNotFound) is S.IN_FLIGHT
    assert move(S.OPEN, ev.OrderNotFound) is S.UNKNOWN
    assert move(S.UNKNOWN, ev.OrderNotFound) is S.UNKNOWN


def test_the_diagram_has_every_move_and_both_ends() -> None:
    text = diagram()
    assert text.startswith("stateDiagram-v2\n    [*] --> in_flight")
    for state, rows in TABLE.items():
        for message, target in rows.items():
            if target is not state:
                line = next(
                    row for row in text.splitlines() if row.startswith(f"    {state.value} --> {target.value}:")
                )
                assert message.__name__ in line
    assert {line.split()[0] for line in text.splitlines() if line.endswith("--> [*]")} == {s.value for s in TERMINAL}
