"""What is plain data comes back as exactly what it was; what is not is refused, and the place is named."""

from __future__ import annotations

import enum
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.plain import pack, unpack

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-3, minutes=-30))))
    | st.timedeltas()
)
keys = st.text() | st.integers() | st.decimals(allow_nan=False) | st.tuples(st.text(), st.integers()) | st.dates()
plain = st.recursive(
    atoms,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner),
    max_leaves=20,
)


def shape(value: Any) -> Any:
    """Return a value with the types of all that is in it: True is 1 otherwise, and Decimal('1.0') is Decimal(1)."""
    if isinstance(value, dict):
        return dict, [(shape(key), shape(held)) for key, held in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(each) for each in value]
    return type(value), repr(value)


@given(value=plain)
def test_plain_data_come_back_as_they_were(value: Any) -> None:
    assert shape(unpack(pack(value))) == shape(value)


def test_what_equals_is_written_alike_and_nan_too() -> None:
    assert math.isnan(unpack(pack(math.nan)))
    assert pack([math.nan]) == pack([math.nan])
    assert pack({"a": 1, "b": 2}) != pack({"b": 2, "a": 1}), "the order of a dict is part of it"


class Colour(enum.StrEnum):
    RED = "red"


class Own:
    pass


class Asset(str):
    __slots__ = ()
    plain_kind = "asset"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1, 2}, r"it is no plain data but set \(a set has no order"),
        ([1, {"x": Own()}], r"\[1\]\['x'\] is no plain data but .*Own"),
        (Colour.RED, r"no plain data but .*Colour \(keep its value\)"),
        (datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Zurich")), "keep it in UTC"),
        ({("a", Own()): 1}, "no plain data but .*Own"),
        (pack, "no plain data but function"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_place(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        pack(value)


def test_what_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested too deeply"):
        pack(endless)


def test_a_text_of_a_kind_is_made_again_by_who_knows_the_kind() -> None:
    kept = pack({"best": Asset("BTC"), "all": [Asset("ETH")], Asset("X"): 1})
    assert shape(unpack(kept)) == shape({"best": "BTC", "all": ["ETH"], "X": 1})
    made = unpack(kept, {"asset": Asset})
    assert [type(made["best"]), type(made["all"][0]), type(list(made)[2])] == [Asset] * 3
