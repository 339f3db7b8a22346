"""The block `risk`: what is on by default (nothing), the standard profile, and mistakes all at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.app.config.rendering import resolved
from tradewind.app.config.risk import RiskSettings
from tradewind.app.risk_limits import check_for_real_money, limits_of
from tradewind.domain.errors import ConfigError
from tradewind.risk.limits import Limits
from tradewind.risk.parameters import RiskParameters
from tradewind.risk.sizing.settings import SizerKind

if TYPE_CHECKING:
    from pathlib import Path

D = Decimal


def risk(**keys: Any) -> RiskSettings:
    return RiskSettings.model_validate(keys)


def test_without_a_limit_of_entries_there_are_no_rules_to_ask() -> None:
    assert limits_of(risk()) == Limits()
    assert limits_of(risk(max_order_value=5, allow_short=True)).parameters is None
    assert limits_of(risk(base_risk_per_trade="0.01", atr_period=20)).parameters is None


def test_the_standard_profile_is_the_table_of_the_contract_and_single_keys_go_before_it() -> None:
    assert limits_of(risk(profile="standard")).parameters == RiskParameters()
    assert limits_of(risk(profile="standard")).leverage_max == 3
    found = limits_of(
        risk(profile="standard", max_position_size="0.2", max_daily_risk=None, dynamic={"enabled": False})
    )
    assert found.parameters is not None
    assert (found.parameters.max_position_size, found.parameters.max_daily_risk) == (D("0.2"), None)
    assert found.parameters.dynamic is None
    assert found.parameters.correlation is not None


def test_one_limit_is_one_limit() -> None:
    found = limits_of(risk(max_position_size="0.2")).parameters
    assert found is not None
    assert (found.max_position_size, found.max_total_exposure, found.stop_loss, found.one_entry) == (
        D("0.2"), None, None, False,
    )  # fmt: skip
    assert found.dynamic is None


@pytest.mark.parametrize("block", ["dynamic", "correlation", "governor", "macro"])
def test_an_empty_block_means_its_defaults(block: str) -> None:
    """RP 0: off until their block is written; an empty block means the defaults."""
    empty: tuple[dict[str, Any] | None, ...] = (None, {})
    for written in empty:
        found = limits_of(risk(**{block: written})).parameters
        assert found is not None
        assert getattr(found, block) is not None
    assert limits_of(risk(**{block: {"enabled": False}})).parameters is None


def test_what_is_resolved_reads_back_as_the_same() -> None:
    for written in (risk(), risk(profile="standard", governor=None), risk(dynamic={"min_trades": 5})):
        assert RiskSettings.model_validate(resolved(written)) == written


def test_all_that_is_wrong_is_told_at_once() -> None:
    """RP 2: refused at load, all violations at once."""
    with pytest.raises(ValueError, match=r"max_position_size 1\.5 is above 1") as raised:
        risk(
            max_position_size="1.5",
            min_fraction="-1",
            dynamic={"drawdown_thresholds": [0.2, 0.1]},
            min_stop="0.3",
            max_stop="0.2",
        )
    text = str(raised.value)
    for part in (
        "min_fraction -1",
        "each above the one before",
        "different length",
        "min_stop 0.3 is above max_stop 0.2",
    ):
        assert part in text


def test_lesson_99_tiers_beyond_the_line_where_trading_ends_are_refused_with_both_numbers() -> None:
    tiers = {"drawdown_thresholds": ["0.15", "0.30", "0.45"]}
    with pytest.raises(ValueError, match=r"0\.30 and 0\.45 can never act: they reach max_drawdown 0\.20"):
        risk(profile="standard", dynamic=tiers)
    assert risk(profile="standard", max_drawdown="0.5", dynamic=tiers).dynamic.enabled


def test_a_sizer_has_a_value_of_its_own() -> None:
    for kind, value in (("atr_risk", "0.02"), ("confidence_weighted", "0.05"), ("fraction_of_equity", "0.1")):
        found = limits_of(risk(sizing={"kind": kind})).sizing
        assert (found.kind, found.value) == (SizerKind(kind), D(value))
    with pytest.raises(ValueError, match="confidence_floor"):
        risk(sizing={"kind": "confidence_weighted", "confidence_floor": "0.4"})
    with pytest.raises(ValueError, match="go with a sizer"):
        risk(sizing={"kind": "fixed_value", "leveraged": True})


CALENDAR = """
events:
  - {name: rates, type: FOMC, time: 2026-09-16T18:00:00Z}
  - {name: prices, type: CPI, time: 2026-08-12T12:30:00Z, hours_after: 1}
valid_until: 2026-12-31
"""


def test_a_calendar_of_macro_events_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "macro.yaml"
    file.write_text(CALENDAR)
    found = limits_of(risk(macro={"file": str(file)})).parameters
    assert found is not None
    assert found.macro is not None
    assert [(e.name, int(e.hours_before), int(e.hours_after)) for e in found.macro.events] == [
        ("rates", 18, 18),
        ("prices", 12, 1),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("events:\n  - {name: x}\n", "events.0.time"),
        ("events: [{name: x, time: soon}]\n", "events.0.time"),
        ("event: []\n", "has `events` and `valid_until`"),
        ("[", "cannot be read"),
    ],
)
def test_rp_14_3_a_malformed_entry_is_refused_at_load(tmp_path: Path, text: str, told: str) -> None:
    """RP 14.3: with the file, the place in it and what is wrong."""
    file = tmp_path / "macro.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"risk\.macro\.file.*macro\.yaml") as raised:
        limits_of(risk(macro={"file": str(file)}))
    assert told in str(raised.value)


def test_real_money_needs_a_limit_of_one_position_and_one_of_all_of_them() -> None:
    for wanting in (risk(), risk(max_position_size="0.1"), risk(max_leverage=2)):
        with pytest.raises(ConfigError, match="real money needs a limit"):
            check_for_real_money(wanting)
    for enough in (risk(profile="standard"), risk(max_position_value=100, max_gross_value=200)):
        check_for_real_money(enough)


def test_the_base_risk_is_what_atr_risk_sizes_by_unless_it_has_a_value() -> None:
    assert limits_of(risk(base_risk_per_trade="0.01", sizing={"kind": "atr_risk"})).sizing.value == D("0.01")
    written = risk(base_risk_per_trade="0.01", sizing={"kind": "atr_risk", "value": "0.015"})
    assert limits_of(written).sizing.value == D("0.015")
