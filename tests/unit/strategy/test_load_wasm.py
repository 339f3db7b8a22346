"""Guests: found with what they say of themselves, checked against their own schema, run with the settings given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.guests.toolchain import example
from tradewind.app.config.wasm import GuestBlock
from tradewind.domain.errors import StrategyLoadError, StrategyParameterError
from tradewind.strategy.load import find, id_of, load, source_of
from tradewind.strategy.load_found import origin_of
from tradewind.strategy.load_wasm import check
from tradewind.strategy.wasm.settings import GuestSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def guest() -> Path:
    return example("zig", "sma_cross")


def test_a_guest_says_what_it_is(guest: Path) -> None:
    found = find(guest)
    assert (found.name, found.origin.style) == ("SMA cross with stop", "wasm")
    assert found.facts["size"] == guest.stat().st_size
    assert "trading_strategy_process_data" in str(found.facts["exports"])
    assert set(found.schema()["properties"]) == {"fast", "slow", "quantity", "stop"}


def test_a_guest_is_made_with_its_settings_and_found_again(guest: Path) -> None:
    made = load(f"{guest}", {"fast": 5}, guest={"rsi": "cutler", "seed": 7})
    assert (source_of(made), id_of(made)) == (str(guest), "SMA_cross_with_stop")
    again = json.loads(origin_of(made).guest)
    assert (again["rsi"], again["seed"]) == ("cutler", 7)
    assert origin_of(load(source_of(made), guest=again)) == origin_of(made)
    assert load(guest.read_bytes(), {"fast": 5}).name == made.name


def test_settings_that_are_none(guest: Path) -> None:
    with pytest.raises(StrategyLoadError, match=r"\.wasm: wasm: .*rsi"):
        load(guest, guest={"rsi": "maybe"})


def test_parameters_are_checked_against_the_guests_schema(guest: Path) -> None:
    with pytest.raises(StrategyParameterError) as caught:
        load(guest, {"fats": 3, "slow": "x"})
    assert set(caught.value.found) == {
        (("fats",), "unknown parameter; did you mean 'fast'?"),
        (("slow",), "'x' is not of type 'integer'"),
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'(module (memory (export "memory") 1))', r"text\.wasm: not a WebAssembly module: it begins with b'\(mod'"),
        (b"", r"text\.wasm: not a WebAssembly module: it is empty"),
        (b"\0asm\1\0\0\0", r"text\.wasm: the module exports no memory"),
    ],
)
def test_what_is_no_guest_is_told_with_its_file(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "text.wasm"
    file.write_bytes(content)
    with pytest.raises(StrategyLoadError, match=told):
        find(file)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(StrategyLoadError, match=r"none\.wasm: No such file"):
        load(tmp_path / "none.wasm")


SCHEMA = {
    "$ref": "#/$defs/Config",
    "$defs": {
        "Config": {
            "type": "object",
            "properties": {
                "fast": {"type": "integer", "minimum": 2},
                "legs": {"type": "array", "items": {"$ref": "#/$defs/Leg"}},
            },
            "required": ["fast"],
            "additionalProperties": False,
        },
        "Leg": {"type": "object", "properties": {"size": {"type": "number"}}, "additionalProperties": False},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"fast": 2, "legs": [{"size": 1}]}, None),
        ({"legs": []}, [(("fast",), "is missing")]),
        ({"fast": 1}, [(("fast",), "1 is less than the minimum of 2")]),
        ({"fast": 2, "legs": [{}, {"sise": 1}]}, [(("legs", 1, "sise"), "unknown parameter; did you mean 'size'?")]),
        ({}, None),
    ],
)
def test_schemas_as_languages_make_them(parameters: dict[str, Any], found: Any) -> None:
    if found is None:
        check("guest", SCHEMA, parameters)
        return
    with pytest.raises(StrategyParameterError, match="its parameters are: fast, legs") as caught:
        check("guest", SCHEMA, parameters)
    assert list(caught.value.found) == found


@pytest.mark.parametrize("schema", [{}, {"type": "nothing"}, {"$ref": "#/$defs/Gone"}, {"properties": 3}])
def test_a_schema_that_is_none_says_nothing(schema: dict[str, Any]) -> None:
    check("guest", schema, {"fast": 3})


def test_the_block_of_the_configuration_has_the_hosts_own_defaults() -> None:
    assert msgspec.convert(GuestBlock().model_dump(), GuestSettings) == GuestSettings()
    assert set(GuestBlock.model_fields) == set(GuestSettings.__struct_fields__)
