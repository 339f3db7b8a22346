"""The hostile guests are what they say: modules where only the host can tell, rubbish where any engine can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import wasmtime

from tests.guests.driver import Driver, bar, message
from tests.unit.strategy.wasm.hostile import GO_GUESTS, HOSTILE, fuzzed_module, fuzzed_sender, hostile_guest
from tests.unit.strategy.wasm.hostile.text import assembled, guest, sends

if TYPE_CHECKING:
    from pathlib import Path


def is_module(data: bytes) -> bool:
    try:
        wasmtime.Module.validate(wasmtime.Engine(), data)
    except wasmtime.WasmtimeError:
        return False
    return True


def test_the_guest_that_they_are_made_of_is_well_behaved(tmp_path: Path) -> None:
    path = tmp_path / "good.wasm"
    path.write_bytes(assembled(guest(**sends("log", message((2, "hello"))))))
    driver = Driver(path)
    assert driver.call("get_identifier") == {1: [b"hostile"]}
    assert driver.call("initialize") == {}
    assert driver.call("process_data", message((1, bar("A", 1.0)))) == {}
    assert driver.calls == [("log", {2: [b"hello"]})]


@pytest.mark.parametrize("name", HOSTILE)
def test_all_but_the_invalid_are_modules(name: str) -> None:
    assert is_module(hostile_guest(name)) == (HOSTILE[name].error != "GuestModuleInvalid")


@pytest.mark.parametrize("name", GO_GUESTS)
def test_those_from_go_are_modules(name: str) -> None:
    assert is_module(hostile_guest(name))


def test_fuzzed_modules_are_some_valid_some_not_and_always_the_same() -> None:
    valid = [is_module(fuzzed_module(seed)) for seed in range(200)]
    assert 20 < sum(valid) < 180
    assert fuzzed_module(7) == fuzzed_module(7) != fuzzed_module(8)


def test_fuzzed_senders_are_modules() -> None:
    assert all(is_module(fuzzed_sender(seed)) for seed in range(42))
