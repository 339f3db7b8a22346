"""Every hostile guest: a typed error that says which guest, which call and why, and a process that lives."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.hostile import HOSTILE, fuzzed_module, fuzzed_sender, hostile_guest
from tests.unit.strategy.wasm.modules import run
from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.step import GuestFailed, Mark, OrderFailed, StrategyFailed
from tradewind.strategy.load import find
from tradewind.strategy.wasm.contract import METHODS
from tradewind.strategy.wasm.errors import GuestError, GuestFault, GuestLoadError, GuestRefused, GuestReturnedError
from tradewind.strategy.wasm.life import Life
from tradewind.strategy.wasm.loading import wasm_strategy
from tradewind.testing import bar, engine, script

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load
    from tradewind.domain.step import Step
    from tradewind.strategy.wasm.guest import WasmStrategy

DEADLINE_MS, PATIENT_MS = 100, 20_000
"""For guests that never come back, and for all others: those must not be late because the machine is busy."""
BAD_AT_LOAD = [name for name, hostile in HOSTILE.items() if hostile.when in {"load", "start"}]
BAD_AT_INITIALIZE = [name for name, hostile in HOSTILE.items() if hostile.when == "initialize"]
BAD_ON_BARS = [name for name, hostile in HOSTILE.items() if hostile.when == "bar"]
REPEATS = int(os.environ.get("TRADEWIND_HOSTILE_REPEATS", "20"))
PARTS = [("fast", 0), ("fast", 1), ("fast", 2), ("fast", 3), ("safe", 0)]
"""Of the fuzzed ones a quarter is enough for the slow engine."""
GOES_ON = (GuestRefused.__name__, GuestReturnedError.__name__, "")


@pytest.fixture
def hostile(load: Load) -> Any:
    """Load a hostile guest, with as much memory as guests have, and with a short deadline only if it is never done."""

    def loaded(name: str) -> Any:
        endless = HOSTILE[name].error == "GuestTimeout"
        return load(hostile_guest(name), deadline_ms=DEADLINE_MS if endless else PATIENT_MS, memory_limit_mb=256)

    return loaded


def check(error: BaseException | None, name: str) -> None:
    """Check that an error is the one that a guest must come to."""
    expected = HOSTILE[name]
    assert isinstance(error, GuestError)
    assert type(error).__name__ == expected.error, error
    assert type(error.__cause__).__name__ == (expected.cause or type(error.__cause__).__name__)


@pytest.mark.parametrize("name", BAD_AT_LOAD)
def test_a_guest_that_cannot_be_loaded(hostile: Any, name: str) -> None:
    with pytest.raises(GuestError) as caught:
        hostile(name)
    check(caught.value, name)
    assert (HOSTILE[name].when == "load") == (
        isinstance(caught.value, GuestLoadError) and "call" not in caught.value.context
    ) or (HOSTILE[name].error in {"GuestMemoryLimit", "GuestApiVersion", "GuestInitFailed"})


@pytest.mark.parametrize("name", BAD_AT_INITIALIZE)
def test_a_guest_that_fails_in_initialize(hostile: Any, name: str) -> None:
    """It is found at the load, before any session."""
    with pytest.raises(GuestError) as caught:
        hostile(name)
    check(caught.value, name)
    assert caught.value.context["call"] == "initialize"


@pytest.mark.parametrize("name", BAD_ON_BARS)
def test_a_guest_that_fails_on_bars(hostile: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others get every bar; this one is built anew five times, then held, unless it may go on."""
    errors: list[BaseException] = []
    process = Life.process

    def watched(life: Life, of: Any) -> None:
        try:
            process(life, of)
        except GuestFault as error:
            errors.append(error)
            raise

    monkeypatch.setattr(Life, "process", watched)
    heard = []
    made = engine(hostile(name), script(on_bar=lambda ctx, given: heard.append(given)))
    steps = run(made, [bar(100.0 + n % 5, n) for n in range(10)])
    assert len(heard) == 10
    expected = HOSTILE[name]
    if expected.error:
        check(errors[0], name)
        assert errors[0].context["strategy"] == "s"  # type: ignore[attr-defined]
        assert errors[0].context["call"] == "process_data"  # type: ignore[attr-defined]
    else:
        assert not errors
    lost = [notice for step in steps for notice in step.notices if isinstance(notice, GuestFailed)]
    assert len(lost) == (0 if expected.error in GOES_ON else 6)
    assert ("s" in made.roster.held) == bool(lost)
    assert len(errors) == (0 if not expected.error else 6 if lost else 10)
    check_orders(name, steps)


def check_orders(name: str, steps: list[Step]) -> None:
    notices = [notice for step in steps for notice in step.notices]
    if HOSTILE[name].status:
        failed = [notice for notice in notices if isinstance(notice, OrderFailed)]
        assert [order.reason for order in failed] == [HOSTILE[name].status] * 10
    sent = sum(len(step.effects) + len(step.refusals) for step in steps)
    assert sent == (10 if name == "error_after_an_order" else 0)
    marked = [n for n in notices if isinstance(n, Mark) and n.category == "StrategyError"]
    assert bool(marked) == bool(HOSTILE[name].error)
    assert all(mark.signal == "ABORT" and mark.color == "red" for mark in marked)


@pytest.mark.parametrize("kind", ["fast"])
@pytest.mark.parametrize("name", BAD_ON_BARS)
def test_a_guest_that_fails_again_and_again_leaves_nothing_behind(load: Load, name: str) -> None:
    """Every row, `TRADEWIND_HOSTILE_REPEATS` times (1,000 in the contract): the memory of the process stays."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc/self/statm: run it on Linux")
    strategy = load(
        hostile_guest(name), deadline_ms=PATIENT_MS if HOSTILE[name].error != "GuestTimeout" else 20,
        memory_limit_mb=256, max_rebuilds=10 * REPEATS, warmup_bars=1,
    )  # fmt: skip
    made = engine(strategy, recording=False)
    pages = []
    for number in range(REPEATS):
        made.process(bar(100.0 + number % 5, number))
        if number in {REPEATS // 4, REPEATS - 1}:
            pages.append(int(Path("/proc/self/statm").read_text().split()[1]))
    assert (pages[1] - pages[0]) * os.sysconf("SC_PAGE_SIZE") < 8 << 20


def test_a_module_of_100_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.wasm"
    with path.open("wb") as file:
        file.write(b"\0asm\1\0\0\0")
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(StrategyLoadError, match=r"large\.wasm.*100\.0 MB: a module may have 67\.1 MB at most"):
            find(str(path))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    with pytest.raises(GuestLoadError, match="at most"):
        wasm_strategy(path.read_bytes(), "")


@pytest.mark.parametrize(("kind", "part"), PARTS)
def test_fuzzed_modules(load: Load, kind: str, part: int) -> None:
    """Damaged modules: a typed error that says why, or a guest that runs beside another strategy as well as it can."""
    outcomes = set()
    for seed in range(part * 125, part * 125 + 125):
        try:
            guest = load(fuzzed_module(seed), deadline_ms=20)
        except GuestError as error:
            outcomes.add(type(error).__name__ if error.message else "no reason")
            continue
        outcomes |= {"runs", *beside_another(guest)}
    assert len(outcomes) > 2
    assert "no reason" not in outcomes


@pytest.mark.parametrize(("kind", "part"), PARTS)
def test_fuzzed_messages(load: Load, kind: str, part: int) -> None:
    """Random and nearly good messages to each function of the host."""
    calm = 0
    for seed in range(part * 125, part * 125 + 125):
        calm += not beside_another(load(fuzzed_sender(seed)))
    assert calm > 10


def beside_another(guest: WasmStrategy) -> list[str]:
    """Run a guest over two bars, both of which another strategy hears; return what kinds of failures were told."""
    heard: list[Any] = []
    bars = [bar(100.0, n) for n in range(2)]
    steps = run(engine(guest, script(on_bar=lambda ctx, given: heard.append(given))), bars)
    assert heard == bars
    told = [notice for step in steps for notice in step.notices]
    assert not [notice for notice in told if isinstance(notice, StrategyFailed)], "only guests fail as guests do"
    failed = [notice for notice in told if isinstance(notice, GuestFailed)]
    for notice in failed:
        assert notice.strategy == "s"
        assert notice.call in METHODS
        assert notice.error
    return [notice.kind for notice in failed]
