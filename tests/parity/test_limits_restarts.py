"""With limits of entries and a sizer that remembers, sessions are the same live, after restarts, and followed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.parity.restarts import go
from tests.parity.test_state import same
from tests.parity.worlds import Scenario, run_backtest, run_live
from tradewind.domain.account import AccountKind
from tradewind.domain.approval import EntrySized
from tradewind.domain.instrument import InstrumentKind
from tradewind.record.journal.reader import digest_of
from tradewind.risk.limits import Limits, SizerKind, Sizing
from tradewind.risk.parameters import RiskParameters

PARAMETERS = RiskParameters(max_concurrent_positions=4, one_entry=False, min_stop=None, max_stop=None)
GUARDED = Scenario(
    bars=190, strategies=3, kind=InstrumentKind.PERPETUAL, account=AccountKind.MARGIN, latency_ns=(1, 1, 1),
    limits=Limits(
        parameters=PARAMETERS,
        sizing=Sizing(SizerKind.FIXED_FRACTION, Decimal("0.02"), volatility_target=True, leveraged=True),
    ),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_guarded_session_that_is_gone_on_with_does_what_it_would_have_done(seed: int) -> None:
    """RP 5.7: trades, days, what was said last, correlations and warnings go through a restart."""
    scenario = replace(GUARDED, seed=seed)
    same(go(scenario), go(scenario, {60, 61, 130, 400}, replays=True))


@pytest.mark.parametrize("seed", range(2))
def test_who_follows_a_guarded_session_stands_where_it_does(seed: int) -> None:
    went = go(replace(GUARDED, seed=seed), {70}, follows=True)
    told = [notice for step in went.steps for notice in step.notices if isinstance(notice, EntrySized)]
    assert len(told) > 5
    assert any(each.bound for each in told)


@pytest.mark.parametrize("seed", range(2))
def test_a_guarded_session_is_the_same_live(seed: int) -> None:
    """RP 0.1: the steps of a backtest and of a live session are equal byte for byte."""
    scenario = replace(GUARDED, seed=seed, ticks=seed == 1)
    assert digest_of(run_backtest(scenario).steps) == digest_of(run_live(scenario, inbox_max=7, stutter=0.5).steps)
