"""Bars that need no look change nothing: with every bar looked at, the steps are the same to the byte."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parity.test_random_sessions import many, scenarios
from tests.parity.worlds import Scenario, run_backtest
from tradewind.engine import position_calm, position_exits
from tradewind.record.journal.reader import digest_of


def looked_at_always(scenario: Scenario) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(position_exits, "calm", lambda *_: None)
        return digest_of(run_backtest(scenario).steps)


@many
@given(scenario=scenarios, ticks=st.booleans())
def test_what_is_passed_over_would_have_changed_nothing(scenario: Scenario, ticks: bool) -> None:
    scenario = replace(scenario, policies=True, ticks=ticks)
    assert digest_of(run_backtest(scenario).steps) == looked_at_always(scenario)


def test_most_bars_of_a_quiet_market_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    band = position_calm.calm

    def watched(*given: Any) -> Any:
        drawn.append(band(*given))
        return drawn[-1]

    monkeypatch.setattr(position_exits, "calm", watched)
    for seed in range(3):
        run_backtest(Scenario(seed=seed, bars=90, policies=True))
    assert [found for found in drawn if found is not None], "bands are drawn at all"
