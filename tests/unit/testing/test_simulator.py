"""The simulator itself: the same number is the same world, and a world that fails is told so that it can be seen."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tests.simulation.mutations import trade_ids_are_not_kept
from tradewind.domain.breakers import BreakersState, KeptWorth
from tradewind.domain.checkpoint import EngineState, KeptPosition, PortfolioState
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import ZERO
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_SECOND
from tradewind.risk import exposure
from tradewind.testing import BTC
from tradewind.testing.checker import Violation
from tradewind.testing.checkers_end import difference
from tradewind.testing.faults import Fault, FaultKind, Weather
from tradewind.testing.plan import INTERVAL_NS, RULES_FROM, Act, Plan, Terms, Wish, draw
from tradewind.testing.rules import BREAKERS, POLICIES, Rule
from tradewind.testing.simulate import Tally, main, report
from tradewind.testing.simulate.minimise import Minimiser
from tradewind.testing.simulate.reached import reached
from tradewind.testing.terms import settings_of, wishes_of
from tradewind.testing.world import Outcome, World

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NO_RULES: dict[str, Any] = {"rules": (), "action": Terms().action, "moves": Terms().moves}


def told(plan: Plan) -> list[str]:
    lines: list[str] = []
    assert not World(plan, trace=lines.append).run().blamed
    return lines


def failing(blamed: str) -> Plan:
    return next(plan for seed in range(100) if World(plan := draw(seed)).run().blamed == blamed)


def test_a_seed_is_a_world_and_a_plan_is_data() -> None:
    first = told(draw(4))
    assert first == told(msgspec.json.decode(msgspec.json.encode(draw(4)), type=Plan))
    assert first != told(draw(5))
    assert len(first) > 200


def test_faults_strike_the_message_that_they_are_meant_for_until_the_weather_is_fair() -> None:
    lost = Fault(FaultKind.LOSE_WORD, 1)
    weather = Weather([lost, Fault(FaultKind.DOWN, 100, 50)])
    assert [weather.strike("word") for _ in range(3)] == [None, lost, None]
    assert weather.strike("request") is None
    assert [weather.until(FaultKind.DOWN, ts) for ts in (99, 100, 149, 150)] == [0, 150, 150, 0]
    weather.fair = True
    assert weather.until(FaultKind.DOWN, 100) == 0


def test_who_stands_by_takes_over_from_one_that_stood_still_until_all_was_fair() -> None:
    """Seeds 13949, 18687 and 19204: the first gave up a lease that was over, and nobody came."""
    plan = draw(13_949, rules=False)
    ends = plan.terms.bars * INTERVAL_NS
    twin = Fault(FaultKind.TWIN, ends - 13 * NS_PER_SECOND, 90 * NS_PER_SECOND)
    outcome = World(msgspec.structs.replace(plan, faults=(twin,))).run()
    assert outcome.restarts == 1
    assert not outcome.violations


def test_of_orders_that_cancel_each_other_one_counts_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 27342: both counted. Two that stand alone do: an exit may close the position before them."""
    known = draw(27_342, rules=False)
    terms = msgspec.structs.replace(known.terms, bars=40)
    wishes = (
        Wish(10, 0, 0, Act.MARKET, Side.SELL, 20, 5), Wish(14, 0, 0, Act.LIMIT, Side.SELL, 15, 60),
        Wish(16, 0, 0, Act.OCO, Side.BUY, 30, 60), Wish(18, 0, 0, Act.CLOSE, Side.BUY, 1, 5),
        Wish(20, 0, 0, Act.IOC, Side.SELL, 1, 60),
    )  # fmt: skip
    plan = msgspec.structs.replace(known, terms=terms, faults=(), wishes=wishes)
    assert not World(plan).run().violations
    alone = Wish(16, 0, 0, Act.LIMIT, Side.BUY, 30, 60)
    leaves = Wish(18, 0, 0, Act.EXIT, Side.BUY, 20, -5)
    again = msgspec.structs.replace(plan, wishes=(wishes[0], alone, alone, leaves, wishes[4]))
    assert not World(again).run().violations, "the gate refuses the second"
    monkeypatch.setattr(exposure, "_held_at_worst", held_now)
    (violation,) = World(again).run().violations
    assert str(violation) == "Limits: sim:C0USDT may come to 0.60, and 0.40 is the limit"


def held_now(candidate: Any, view: Any, strategy: Any = None) -> Decimal:
    """Return the position towards the intent's side as if no exit could come first."""
    intent = candidate.intent
    return Decimal(view.position(intent.instrument, strategy).quantity * intent.side.sign)


def test_two_states_differ_also_where_only_a_digit_does() -> None:
    bare, told = (
        EngineState(portfolio=PortfolioState(totals=(KeptPosition(StrategyId(""), BTC, quantity, ZERO, ZERO),)))
        for quantity in (ZERO, Decimal("0.00"))
    )
    assert bare == told
    assert difference(bare, told) == "portfolio"
    assert difference(told, told) == ""


def test_equity_that_was_judged_once_more_is_no_difference_of_states() -> None:
    """Seeds 2,003 and 2,006: who begins at a checkpoint looks once more, and finds another one between the limits."""
    ours, theirs = (
        EngineState(breakers=BreakersState(worth=KeptWorth(peak=Decimal(100), equity=Decimal(equity))))
        for equity in (99, 98)
    )
    assert difference(ours, theirs) == ""
    worth = KeptWorth(peak=Decimal(101), equity=Decimal(99))
    assert difference(ours, EngineState(breakers=BreakersState(worth=worth))) == "breakers"
    assert not World(draw(2_003)).run().violations


def test_rules_come_after_the_worlds_that_everybody_knows() -> None:
    """Policies and breakers are drawn by dice of their own: nothing else of a world hangs on them."""
    assert not any(draw(seed).terms.rules for seed in range(0, RULES_FROM, 50))
    assert draw(2_003, rules=False) == replace(draw(2_003), terms=replace(draw(2_003).terms, **NO_RULES))
    plans = [draw(seed) for seed in range(RULES_FROM, RULES_FROM + 60)]
    assert {rule for plan in plans for rule in plan.terms.rules} == set(Rule)
    assert 20 < sum(not plan.terms.rules for plan in plans) < 50
    settings = [settings_of(plan.terms) for plan in plans]
    for plan, made in zip(plans, settings, strict=True):
        assert bool(made.exits) is bool({*plan.terms.rules} & {*POLICIES})
        assert (made.breakers is not None) is bool({*plan.terms.rules} & {*BREAKERS})
        assert {each.strategy for each in made.exits} in ({*wishes_of(plan)}, set())


def test_breakers_trip_and_policies_act_in_worlds() -> None:
    met: Counter[str] = Counter()
    for seed in range(100_000, 100_040):
        world = World(draw(seed))
        assert not world.run().violations
        met.update(reached(world))
    names = ("BreakerChanged", "BreakerWarned", "ExitBegun", "StopMoved", "ExitsPlanned", "Unprotected", "Protected")
    assert not [name for name in names if not met[f"notice {name}"]]
    assert any(met[f"refusal {code}"] for code in ("breaker", "breaker_drawdown", "daily_loss", "max_drawdown"))


def test_a_world_that_fails_is_made_smaller_and_fails_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    trade_ids_are_not_kept(monkeypatch)
    plan = failing("BookedOnce")
    minimiser = Minimiser(plan, "BookedOnce", runs_max=80)
    small = minimiser.run()
    assert World(small).run().blamed == "BookedOnce"
    assert minimiser.runs <= 80
    assert len(small.faults) + len(small.wishes) < (len(plan.faults) + len(plan.wishes)) / 2


def test_a_failure_names_its_seed_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    trade_ids_are_not_kept(monkeypatch)
    plan = failing("BookedOnce")
    text = report(plan.seed)
    assert f"seed {plan.seed}: BookedOnce" in text
    assert f"make sim SEED={plan.seed}" in text


def test_the_fewest_steps_are_those_of_a_world_that_was_not_broken_off() -> None:
    tally, failed = Tally(), Outcome(draw(5), [Violation("Limits", "too much")], steps=7)
    tally.count(failed)
    assert str(tally).startswith("1 worlds, 7 steps, ")
    tally.count(Outcome(draw(4), steps=300))
    tally.count(Outcome(draw(6), steps=400))
    assert str(tally).startswith("3 worlds, 707 steps (at least 300 in each), ")


def test_the_program_runs_many_or_shows_one(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["--seeds", "2", "--workers", "1"]) == 0
    assert capsys.readouterr().out.startswith("2 worlds, ")
    kept = tmp_path / "plan.json"
    assert main(["--seed", "4", "--save", str(kept)]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("nothing to object to\n")
    assert main(["--plan", str(kept)]) == 0
    assert capsys.readouterr().out == shown
    trade_ids_are_not_kept(monkeypatch)
    assert main(["--seed", str(failing("BookedOnce").seed)]) == 1
