from __future__ import annotations

import inspect
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.base import Strategy
from tradewind.strategy.parameters import parameters_of, schema_of


class Cross(Strategy):
    name = "cross"
    fast: int = 20
    slow: int = 50
    size: Decimal = Decimal("0.1")
    levels: list[int] = [1, 2]  # noqa: RUF012 - what people write
    kind: ClassVar[str] = "x"
    _hidden: int = 0


class Longer(Cross):
    slow = 200
    extra: float


def test_defaults_stand_until_they_are_given() -> None:
    made = Cross(fast=7)
    assert (made.fast, made.slow, made.size) == (7, 50, Decimal("0.1"))


def test_text_is_read_as_the_annotation_says() -> None:
    made = Cross(fast="7", size="0.25")
    assert (made.fast, made.size) == (7, Decimal("0.25"))


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"fast": "x"}, "fast"), ({"fast": 2.5}, "fast"), ({"fsat": 1}, "fsat"), ({"size": "much"}, "size"),
        ({"levels": ["a"]}, "levels"), ({"_hidden": 1}, "_hidden"), ({"kind": "y"}, "kind"),
    ],
)  # fmt: skip
def test_a_parameter_that_does_not_fit_is_named(parameters: dict, named: str) -> None:
    with pytest.raises(StrategyLoadError, match=rf"^Cross: .*{named}.*its parameters are: fast, slow, size, levels$"):
        Cross(**parameters)


def test_parameters_are_inherited_and_may_be_given_other_defaults() -> None:
    made = Longer(extra=1)
    assert (made.fast, made.slow, made.extra) == (20, 200, 1.0)
    with pytest.raises(StrategyLoadError, match="extra"):
        Longer()


def test_a_list_as_default_is_not_shared() -> None:
    first, second = Cross(), Cross()
    first.levels.append(3)
    assert (second.levels, Cross.levels) == ([1, 2], [1, 2])


def test_parameters_can_be_asked_for() -> None:
    assert parameters_of(Longer)["extra"] == (float, inspect.Parameter.empty)
    assert parameters_of(Cross)["slow"] == (int, 50)
    assert schema_of(Cross).__struct_fields__ == ("fast", "slow", "size", "levels")
    assert parameters_of(Strategy) == {}


def test_without_parameters_it_says_so() -> None:
    with pytest.raises(StrategyLoadError, match="parameters are: none"):
        Strategy(x=1)


def test_an_annotation_that_cannot_be_read_is_a_mistake_of_the_strategy() -> None:
    class Odd(Strategy):
        speed: Unheard = 1  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(StrategyLoadError, match=r"Odd.*Unheard"):
        Odd()


def test_hooks_do_nothing_by_themselves() -> None:
    strategy: Any = Strategy()
    for name, hook in inspect.getmembers(strategy, inspect.ismethod):
        if name.startswith("on_"):
            assert hook(*[None] * len(inspect.signature(hook).parameters)) is None
    assert strategy.save_state() is None
    assert strategy.load_state(1) is None
