"""Parameters as annotated attributes and as a pydantic model: read, refused all at once, printed as a schema."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, Field, model_validator

from tradewind.domain.errors import StrategyLoadError, StrategyParameterError
from tradewind.strategy.base import Strategy
from tradewind.strategy.parameters import in_use, model_of, parameters_of


class Model(BaseModel):
    fast: int = Field(20, ge=2)
    slow: int = 50
    size: Decimal = Decimal("0.1")
    levels: list[int] = []
    symbol: str = Field(alias="ticker")

    @model_validator(mode="after")
    def _slow_is_slower(self) -> Model:
        if self.slow <= self.fast:
            raise ValueError("slow must be above fast")
        return self


class Named(Strategy):
    config_model = Model


class Annotated(Strategy):
    config: Model


class Nested(Strategy):
    class Config(BaseModel):
        fast: int = 3

    config: Config


class Plain(Strategy):
    fast: int
    levels: list[int] = []  # noqa: RUF012 - what people write
    bands: dict[str, float] = {}  # noqa: RUF012 - what people write


@pytest.mark.parametrize("kind", [Named, Annotated])
def test_a_model_reads_the_parameters(kind: Any) -> None:
    made = kind(fast="7", ticker="BTC")
    assert made.config == Model(fast=7, ticker="BTC")
    assert in_use(made) == {"fast": 7, "slow": 50, "size": "0.1", "levels": [], "ticker": "BTC"}
    assert list(parameters_of(kind)) == ["fast", "slow", "size", "levels", "ticker"]
    assert kind.config_schema() == Model.model_json_schema()


def test_a_class_inside_is_a_model() -> None:
    assert Nested().config.fast == 3
    assert model_of(Nested) is Nested.Config
    assert model_of(Strategy) is None


def test_all_mistakes_of_a_model_come_at_once() -> None:
    with pytest.raises(StrategyParameterError) as caught:
        Named(fats=1, slow="x", levels=[1, "y"])
    places = {place for place, _ in caught.value.found}
    assert places == {("fats",), ("slow",), ("levels", 1), ("ticker",)}
    assert "fats: unknown parameter; did you mean 'fast'?" in caught.value.message
    assert "levels[1]: input should be a valid integer" in caught.value.message
    with pytest.raises(StrategyParameterError, match="greater than or equal to 2"):
        Named(fast=1, ticker="x")
    with pytest.raises(StrategyParameterError, match="Named: value error, slow must be above fast; its parameters"):
        Named(fast=60, ticker="x")


def test_all_mistakes_of_attributes_come_at_once() -> None:
    with pytest.raises(StrategyParameterError) as caught:
        Plain(levels=[1, "y"], bands={"a": "z"}, lvels=1)
    assert [place for place, _ in caught.value.found] == [("lvels",), ("fast",), ("levels", 1), ("bands",)]
    assert "fast: is missing" in caught.value.message
    assert "levels[1]: expected `int`, got `str`" in caught.value.message
    assert "lvels: unknown parameter; did you mean 'levels'?" in caught.value.message


def test_a_schema_of_attributes() -> None:
    schema = Plain.config_schema()["$defs"]["Plain"]
    assert (schema["required"], list(schema["properties"])) == (["fast"], ["fast", "levels", "bands"])


def test_what_has_no_schema_says_so() -> None:
    class Odd(Strategy):
        odd: complex = 1j

    with pytest.raises(StrategyLoadError, match=r"^Odd: its parameters have no JSON schema"):
        Odd.config_schema()
