"""The drawdown of the risk block is the cap of the max-drawdown guard: one limit, wherever it is written."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.app.breaker_rules import breakers_of
from tradewind.app.config.breakers import BreakersBlock
from tradewind.app.config.risk import RiskSettings
from tradewind.domain.errors import ConfigError


def config(risk: dict[str, Any], breakers: dict[str, Any] | None) -> Any:
    block = BreakersBlock(enabled=False) if breakers is None else BreakersBlock.model_validate(breakers)
    trading = SimpleNamespace(is_real=False)
    return SimpleNamespace(risk=RiskSettings.model_validate(risk), breakers=block, trading=trading)


def test_without_a_block_of_breakers_the_drawdown_guards_alone() -> None:
    assert breakers_of(config({}, None)) is None
    found = breakers_of(config({"profile": "standard"}, None))
    assert found is not None
    assert found.max_drawdown is not None
    assert (found.account, found.max_drawdown.cap) == (None, Decimal("0.20"))


def test_the_drawdown_of_the_risk_block_is_the_guards_cap() -> None:
    found = breakers_of(config({"max_drawdown": "0.1"}, {}))
    assert found is not None
    assert found.max_drawdown is not None
    assert found.max_drawdown.cap == Decimal("0.1")
    same = config({"max_drawdown": "0.1"}, {"max_drawdown": {"cap": "0.10"}})
    assert breakers_of(same) == found


def test_lesson_153_one_limit_in_two_places_with_different_values_is_refused() -> None:
    """RP 2: the same limit set in two places with different values."""
    with pytest.raises(ConfigError, match=r"risk\.max_drawdown 0\.1"):
        breakers_of(config({"max_drawdown": "0.1"}, {"max_drawdown": {"cap": "0.3"}}))
