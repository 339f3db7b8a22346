"""`ctx.state` takes plain data, and tells what has changed, however it was changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.ids import StrategyId
from tradewind.domain.plain import pack
from tradewind.domain.step import StateKept, StrategyFailed
from tradewind.engine.memory import Memory
from tradewind.strategy.keeping import KeptState
from tradewind.testing import STRATEGY, bar, engine, run, script

NAME = StrategyId("s")
KEYS = ("a", "b", "c", "d")


def read(memory: Memory) -> KeptState:
    """Return the dict of a later session that goes on with what is remembered."""
    state = KeptState(NAME)
    state.restore(each for kept in memory.state(()) for each in kept.state)
    return state


def look(state: KeptState, memory: Memory) -> int:
    """Let a memory hear what has changed; return how much."""
    found = state.changes(memory.of(NAME).state)
    for key, packed in found:
        memory.hear(StateKept(NAME, key, packed, is_default=packed is None and key in state.defaults))
    return len(found)


actions = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(KEYS), st.integers(0, 2) | st.lists(st.integers(0, 2), max_size=2)),
    st.tuples(st.just("del"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("append"), st.sampled_from(KEYS), st.integers(0, 2)),
    st.tuples(st.just("look"), st.none(), st.none()),
)


@given(done=st.lists(actions, max_size=30))
def test_what_is_told_makes_the_same_dict_in_the_same_order(done: list[tuple[str, Any, Any]]) -> None:
    state, memory = KeptState(NAME), Memory()
    for what, key, value in done:
        match what:
            case "set":
                state[key] = value
            case "del":
                state.pop(key, None)
            case "append" if isinstance(state.get(key), list):
                state[key].append(value)
            case "look":
                look(state, memory)
    look(state, memory)
    assert list(read(memory).items()) == list(state.items())
    assert look(state, memory) == 0, "told once"


def test_every_way_of_changing_a_dict_is_seen() -> None:
    state, memory = KeptState(NAME), Memory()
    state["a"] = 1
    state.update({"b": 2}, c=3)
    state |= {"d": 4}
    assert state.setdefault("e", 5) == state.setdefault("e", 6) == 5
    assert look(state, memory) == 5
    assert (state.pop("a"), state.pop("zzz", None), state.popitem()) == (1, None, ("e", 5))
    with pytest.raises(KeyError):
        state.pop("a")
    assert look(state, memory) == 2
    state.clear()
    look(state, memory)
    assert read(memory) == {}
    with pytest.raises(KeyError):
        state.popitem()


def test_what_was_deleted_stays_deleted_and_what_is_new_in_the_start_stays() -> None:
    state, memory = KeptState(NAME), Memory()
    state.update(armed=True, count=7)
    state.defaults = frozenset(state)
    look(state, memory)
    del state["armed"]
    for number in range(5):
        state[f"order {number}"] = number
        look(state, memory)
        del state[f"order {number}"]
        look(state, memory)
    assert set(memory.of(NAME).state) == {"armed", "count"}, "only what the next start sets again is remembered as gone"
    later = KeptState(NAME)
    later.update(armed=True, count=0, added=1)  # `on_start` of a newer version
    later.restore(memory.state(())[0].state)
    assert later == {"count": 7, "added": 1}


def test_a_list_that_the_start_has_held_on_to_is_the_one_that_is_kept() -> None:
    later = KeptState(NAME)
    mine, of = later.setdefault("mine", []), later.setdefault("of", {"x": 1})
    later.restore([("mine", pack([1, 2])), ("of", pack({"y": 2})), ("new", pack([3]))])
    mine.append(3)
    assert (later["mine"], later["of"]) == ([1, 2, 3], {"y": 2})
    assert later["of"] is of
    assert later.changes({"mine": pack([1, 2]), "of": pack({"y": 2}), "new": pack([3])}) == [("mine", pack([1, 2, 3]))]


def test_what_is_no_plain_data_is_refused_at_once() -> None:
    state = KeptState(NAME)
    with pytest.raises(TypeError, match=r"s: ctx\.state\['seen'\] cannot be kept: it is no plain data but set"):
        state["seen"] = {1}
    with pytest.raises(TypeError, match=r"a key of ctx\.state is a text, not 1"):
        state[1] = 1  # type: ignore[index]
    assert state == {}


@pytest.mark.parametrize(("halts", "told"), [(True, 1), (False, 1)])
def test_what_comes_into_a_list_is_the_failure_of_the_strategy_once(halts: bool, told: int) -> None:
    def spoil(ctx: Any, _: object) -> None:
        ctx.state["n"] = ctx.state.get("n", 0) + 1
        ctx.state.setdefault("seen", []).append(object())

    made = engine(script(on_bar=spoil), keeps_state=True, halt_on_strategy_error=halts)
    steps = run(made, [bar(100.0, n) for n in range(3)])
    failed = [notice for step in steps for notice in step.notices if isinstance(notice, StrategyFailed)]
    assert len(failed) == told
    assert "s: ctx.state['seen'] cannot be kept: [0] is no plain data but object" in failed[0].error.replace(
        STRATEGY, "s"
    )
    (kept,) = made.state().strategies
    assert kept.held is halts
    assert dict(kept.state) == {"n": pack(1 if halts else 3)}


def test_what_save_state_returns_is_kept_as_it_changes() -> None:
    counted: list[int] = []
    made = engine(
        script(on_bar=lambda ctx, _: counted.append(1), save_state=lambda: {"n": len(counted)}), keeps_state=True
    )
    steps = run(made, [bar(100.0, n) for n in range(2)])
    told = [notice for step in steps for notice in step.notices]
    assert told == [StateKept(STRATEGY, "", pack({"n": n}), is_saved=True) for n in (1, 2)]


def test_what_save_state_returns_and_cannot_be_kept_is_the_failure_of_the_strategy() -> None:
    made = engine(script(on_bar=lambda ctx, _: None, save_state=lambda: {1}), keeps_state=True)
    (step,) = run(made, [bar()])
    assert not step.notices, "it failed at the start"
    assert made.roster.held == {STRATEGY}
