from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.sessions import config
from tradewind.app.models import sim_models
from tradewind.app.risk_limits import limits_of
from tradewind.domain.account import AccountKind
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_MS
from tradewind.risk.limits import SizerKind
from tradewind.venues.sim import models

if TYPE_CHECKING:
    from pathlib import Path


def made(tmp_path: Path, seed: int = 0, **blocks: Any) -> Any:
    flags = {f"trading.config.{name}": value for name, value in blocks.items()}
    return sim_models(config(tmp_path, **flags).trading.config, seed)  # type: ignore[arg-type]


def test_what_is_not_said_is_a_cash_account_that_does_not_slip(tmp_path: Path) -> None:
    plain = made(tmp_path)
    assert plain.account is AccountKind.CASH
    assert isinstance(plain.fees, models.BpsFees)
    assert isinstance(plain.slippage, models.NoSlippage)
    assert plain.latency.submit() == plain.latency.report() == 0
    assert (plain.touch, plain.volume_share) == (False, None)


@pytest.mark.parametrize(
    ("fees", "kind"),
    [
        ({"kind": "bps", "maker_bps": 1}, models.BpsFees),
        ({"kind": "per_share", "rate": "0.005"}, models.PerShareFees),
        ({"kind": "per_contract", "rate": "1"}, models.PerContractFees),
        ({"kind": "per_order", "cost": "1"}, models.PerOrderFees),
    ],
)
def test_fees(fees: dict[str, Any], kind: type, tmp_path: Path) -> None:
    assert type(made(tmp_path, fees=fees).fees) is kind


@pytest.mark.parametrize(
    ("slippage", "kind"),
    [
        ({"kind": "none"}, models.NoSlippage),
        ({"kind": "fixed_bps", "bps": 5}, models.FixedBpsSlippage),
        ({"kind": "spread", "spread": "0.5"}, models.SpreadSlippage),
        ({"kind": "volume_share"}, models.VolumeShareSlippage),
    ],
)
def test_slippage(slippage: dict[str, Any], kind: type, tmp_path: Path) -> None:
    assert type(made(tmp_path, slippage=slippage).slippage) is kind


def test_latency_is_in_milliseconds(tmp_path: Path) -> None:
    fixed = made(tmp_path, latency={"kind": "fixed", "submit_ms": 3, "cancel_ms": 2, "report_ms": 1.5}).latency
    assert (fixed.submit(), fixed.cancel(), fixed.report()) == (3 * NS_PER_MS, 2 * NS_PER_MS, 1_500_000)


@pytest.mark.parametrize(("kind", "model"), [("normal", models.NormalLatency), ("uniform", models.JitterLatency)])
def test_random_latency_is_drawn_from_both_seeds(kind: str, model: type, tmp_path: Path) -> None:
    def draws(session: int, own: int) -> list[int]:
        latency = made(tmp_path, session, latency={"kind": kind, "submit_ms": 50, "jitter": 0.5, "seed": own}).latency
        assert type(latency).__name__ == model.__name__
        return [latency.submit() for _ in range(20)]

    assert draws(1, 1) == draws(1, 1)
    assert len({tuple(draws(session, own)) for session in (0, 1) for own in (0, 1)}) == 4


def test_faults_are_drawn_from_both_seeds(tmp_path: Path) -> None:
    def draws(session: int, own: int) -> list[object]:
        block = {
            "lost": 0.2,
            "unanswered": 0.2,
            "late": 0.2,
            "failed_lookup": 0.5,
            "lost_word": 0.5,
            "seed": own,
            "timeout_ms": 7,
        }
        faults = made(tmp_path, session, faults=block).faults
        assert faults is not None
        assert faults.timeout_ns == 7 * NS_PER_MS
        return [(faults.fate(), faults.delay(), faults.loses_question(), faults.loses_word()) for _ in range(20)]

    assert made(tmp_path).faults is None
    assert draws(1, 1) == draws(1, 1)
    assert len({tuple(draws(session, own)) for session in (0, 1) for own in (0, 1)}) == 4


def test_faults_do_not_add_up_to_more_than_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"faults\.lost: given 0\.5; lost, unanswered and late add up to more than 1"):
        made(tmp_path, faults={"lost": 0.5, "unanswered": 0.5, "late": 0.1})


def test_limits(tmp_path: Path) -> None:
    flags = {
        "risk.max_order_value": "1000", "risk.max_position_value": "2000", "risk.max_position_quantity": "3",
        "risk.price_collar": None, "risk.max_orders_per_minute": 4, "risk.max_leverage": "5", "risk.allow_short": True,
        "risk.sizing": {"kind": "fixed_value", "value": "50"},
    }  # fmt: skip
    limits = limits_of(config(tmp_path, **flags).risk)
    assert [limits.order_value_max, limits.position_value_max, limits.position_quantity_max] == [1000, 2000, 3]
    assert [limits.orders_per_minute_max, limits.leverage_max, limits.allow_short] == [4, 5, True]
    assert (limits.sizing.kind, limits.sizing.value) == (SizerKind.FIXED_VALUE, Decimal(50))
