"""Deliberate faults of breakers and of the policies of positions; `mutations.py` says what these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.simulation.mutations import mutation
from tests.simulation.mutations_recovery import crashing, left_out
from tradewind.domain.breakers import BreakersState, KeptWorth
from tradewind.domain.exits import ExitsState
from tradewind.engine import position_look
from tradewind.risk.breakers.board import Board
from tradewind.testing.rules import BREAKERS, POLICIES, Rule

if TYPE_CHECKING:
    import pytest

    from tradewind.testing.plan import Plan

FIRST = 2_000
"""The first seed of worlds with rules."""


def with_breakers(plan: Plan) -> bool:
    return bool(set(plan.terms.rules) & set(BREAKERS))


def breaking_and_crashing(plan: Plan) -> bool:
    return with_breakers(plan) and crashing(plan)


def with_policies_and_crashing(plan: Plan) -> bool:
    return bool(set(plan.terms.rules) & set(POLICIES)) and crashing(plan)


def timed(plan: Plan) -> bool:
    return Rule.TIME in plan.terms.rules


@mutation("HeldBack", first=FIRST, seeds=60, suits=with_breakers)
def the_gate_does_not_ask_breakers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Board, "refusal", lambda *_: None)


@mutation("HeldBack", first=FIRST, seeds=400, suits=breaking_and_crashing)
def what_has_tripped_is_closed_by_a_restart(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, breakers=replace(state.breakers or BreakersState(), breakers=())))


@mutation("ReplayEqual", first=FIRST, seeds=60, suits=breaking_and_crashing)
def the_peak_begins_anew_with_each_process(patch: pytest.MonkeyPatch) -> None:
    kept = KeptWorth()
    left_out(patch, lambda state: replace(state, breakers=replace(state.breakers or BreakersState(), worth=kept)))


@mutation("ReplayEqual", first=FIRST, seeds=60, suits=with_policies_and_crashing)
def what_policies_remember_of_positions_dies_with_its_process(patch: pytest.MonkeyPatch) -> None:
    left_out(patch, lambda state: replace(state, exits=ExitsState()))


@mutation("LeftInTime", first=FIRST, seeds=400, suits=timed)
def the_longest_time_of_a_position_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(position_look, "due", lambda *_: "")
