"""What is set for a USD-M account at the start: what cannot be changed now is told and left, all else is an error."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tradewind.app.binance_usdm import _set
from tradewind.domain.errors import VenueRefused
from tradewind.testing.builders import instrument

if TYPE_CHECKING:
    from tradewind.domain.errors import VenueError

TRADING: Any = SimpleNamespace(config=SimpleNamespace(margin_type="isolated", leverage=5))


class Asked:
    """An account that refuses to have something set."""

    def __init__(self, **codes: int) -> None:
        self.codes = codes
        self.done: list[str] = []

    def set(self, name: str, _: object, **params: Any) -> None:
        if name in self.codes:
            raise _refused(self.codes[name])
        self.done.append(f"{name} {params['symbol']}")


def _refused(code: int) -> VenueError:
    return VenueRefused("no", {"code": code})


@pytest.mark.parametrize("code", [-4047, -4048])
def test_a_margin_type_that_positions_stand_against_is_told_and_the_rest_is_set(code: int) -> None:
    asked: Any = Asked(marginType=code)
    with structlog.testing.capture_logs() as logs:
        _set(asked, TRADING, (instrument("BTCUSDT"), instrument("ETHUSDT")))
    assert asked.done == ["leverage BTCUSDT", "leverage ETHUSDT"]
    assert [(line["log_level"], line["setting"], line["symbol"]) for line in logs] == [
        ("warning", "marginType", "BTCUSDT"), ("warning", "marginType", "ETHUSDT"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", [-4161, -2027, -2028])
def test_a_leverage_that_positions_stand_against_is_told(code: int) -> None:
    asked: Any = Asked(leverage=code)
    with structlog.testing.capture_logs() as logs:
        _set(asked, TRADING, (instrument("BTCUSDT"),))
    assert asked.done == ["marginType BTCUSDT"]
    assert [line["setting"] for line in logs] == ["leverage"]


def test_a_margin_type_that_is_set_already_is_no_trouble() -> None:
    asked: Any = Asked(marginType=-4046)
    with structlog.testing.capture_logs() as logs:
        _set(asked, TRADING, (instrument("BTCUSDT"),))
    assert not logs


def test_any_other_refusal_ends_the_start() -> None:
    with pytest.raises(VenueRefused):
        _set(Asked(marginType=-2015), TRADING, (instrument("BTCUSDT"),))  # type: ignore[arg-type]
