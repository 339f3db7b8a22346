"""The guest kits: what is built from them is what the contract asks for, and says what it should on the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import wasmtime

from tests.guests import toolchain
from tests.guests.driver import Driver, GuestError, bar, message

if TYPE_CHECKING:
    from pathlib import Path

METHODS = ("initialize", "process_data", "name", "get_config_schema", "get_description", "get_identifier")
CALLED = "(i32, i32) -> i64"
EXPORTS = {
    "memory": "memory",
    "malloc": "(i32) -> i32",
    "free": "(i32) -> ",
    "trading_strategy_api_version": "() -> i64",
    "trading_strategy_engine_version": "() -> i64",
    **{f"trading_strategy_{method}": CALLED for method in METHODS},
}
HOST = {
    "get_range", "read_last_data", "execute_sql", "count", "configure_indicator", "get_signal", "get_cache",
    "set_cache", "place_order", "place_multiple_orders", "get_positions", "get_position", "cancel_order",
    "cancel_all_orders", "get_order_status", "get_account_info", "get_open_orders", "get_trades", "mark",
    "get_markers", "log",
}  # fmt: skip
LANGUAGES = ("go", "zig")


def shape(kind: object) -> str:
    if isinstance(kind, wasmtime.FuncType):
        return f"({', '.join(map(str, kind.params))}) -> {', '.join(map(str, kind.results))}"
    return "memory"


@pytest.fixture(scope="module", params=LANGUAGES)
def module(request: pytest.FixtureRequest) -> Path:
    return toolchain.example(request.param, "sma_cross")


@pytest.fixture
def guest(module: Path) -> Driver:
    return Driver(module)


def test_it_has_the_exports_of_the_contract_and_no_foreign_imports(guest: Driver) -> None:
    exports = {export.name: shape(export.type) for export in guest.module.exports}
    assert set(exports) - set(EXPORTS) <= {"_initialize", "__stack_pointer"}
    assert {name: exports[name] for name in EXPORTS} == EXPORTS
    ours = {i.name: shape(i.type) for i in guest.module.imports if i.module == "env"}
    assert set(ours) <= HOST
    assert set(ours.values()) == {CALLED}
    assert {i.module for i in guest.module.imports} <= {"env", "wasi_snapshot_preview1"}


def test_it_says_what_it_is(guest: Driver) -> None:
    assert guest.run("trading_strategy_api_version") == 1
    version = guest.run("trading_strategy_engine_version")
    assert guest.memory.read(guest.store, version >> 32, (version >> 32) + (version & 0xFFFFFFFF)) == b"1.24.0"
    assert guest.call("get_identifier") == {1: [b"sma-cross"]}
    assert guest.call("name") == {1: [b"SMA cross with stop"]}
    assert guest.call("get_description") == {}
    schema = json.loads(guest.call("get_config_schema")[1][0])
    assert schema["additionalProperties"] is False
    assert {name: (p["type"], p["default"]) for name, p in schema["properties"].items()} == {
        "fast": ("integer", 20), "slow": ("integer", 50), "quantity": ("number", 0.1), "stop": ("number", 0.98),
    }  # fmt: skip


@pytest.mark.parametrize("config", ['{"slow": 3, "fast": 2}', ' {\n"fast":2,"slow":3 , "stop":9.8e-1}\n'])
def test_it_trades(guest: Driver, config: str) -> None:
    cache: dict[bytes, bytes] = {}
    held = [0.0]

    def keep(request: dict) -> bytes:
        cache[request[1][0]] = request.get(2, [b""])[0]
        return b""

    guest.serve = {
        "get_cache": lambda request: message((1, cache.get(request[1][0], b""))),
        "set_cache": keep,
        "get_position": lambda request: message((1, request[1][0]), (2, held[0])) if held[0] else b"",
    }
    guest.call("initialize", message((1, config)))
    ordered = []
    for close in (10.0, 9.0, 8.0, 11.0, 12.0, 11.75, 6.0, 6.0, 6.0, 20.0, 19.5):
        guest.calls.clear()
        guest.call("process_data", message((1, bar("BTC", close))))
        for name, order in guest.calls:
            if name == "place_order":
                assert order[2] == [b"BTC"]
                held[0] = 0.0 if 3 in order else order[8][0]
                ordered.append((close, order.get(3, [0])[0], order[8][0], order[5][0]))
    assert ordered == [
        (11.0, 0, 0.1, message((1, "cross up"))),
        (6.0, 1, 0.1, message((1, "cross down"))),
        (20.0, 0, 0.1, message((1, "cross up"))),
        (19.5, 1, 0.1, message((1, "stop"))),
    ]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('{"fast": 0}', "1 or more"),
        ('{"fats": 3}', "fast, slow, quantity, stop"),
        ('{"fast": "three"}', "fast"),
        ('{"fast": 2.5}', "fast"),
        ('{"fast": 2', "parameters"),
        ("[1]", "parameters"),
    ],
)
def test_a_configuration_that_does_not_fit_is_an_error_with_a_text(guest: Driver, config: str, words: str) -> None:
    with pytest.raises(GuestError, match=words):
        guest.call("initialize", message((1, config)))


def test_no_configuration_leaves_the_defaults(guest: Driver) -> None:
    assert guest.call("initialize") == {}
    assert guest.call("process_data", message((1, bar("BTC", 1.0)))) == {}
    assert guest.calls == []


@pytest.mark.parametrize("request_bytes", [b"\x0a\x05\x01", b"\x0a\x02\x09\x01", b"\xff" * 11, b"\x08\x01", b"\x0b"])
def test_a_request_that_cannot_be_read_is_an_error(guest: Driver, request_bytes: bytes) -> None:
    guest.call("initialize")
    with pytest.raises(GuestError):
        guest.call("process_data", request_bytes)


def test_fields_that_nobody_knows_are_skipped(guest: Driver) -> None:
    guest.call("initialize")
    strange = message((99, 7), (98, 1.5), (97, "x")) + b"\xa5\x06\x01\x02\x03\x04"
    assert guest.call("process_data", message((1, bar("BTC", 1.0) + strange)) + strange) == {}
