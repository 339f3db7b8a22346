"""Every hostile guest: a typed error that says which guest, which call and why, and a process that lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.hostile import HOSTILE, fuzzed_module, fuzzed_sender, hostile_guest
from tests.unit.strategy.wasm.modules import run
from tradewind.domain.step import GuestFailed, Mark, OrderFailed, StrategyFailed
from tradewind.strategy.wasm.errors import GuestError, GuestFault, GuestLoadError, GuestRefused, GuestReturnedError
from tradewind.strategy.wasm.life import Life
from tradewind.testing import bar, engine, script

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load
    from tradewind.domain.step import Step

DEADLINE_MS = 60
BAD_AT_LOAD = [name for name, hostile in HOSTILE.items() if hostile.when in {"load", "start"}]
BAD_AT_INITIALIZE = [name for name, hostile in HOSTILE.items() if hostile.when == "initialize"]
BAD_ON_BARS = [name for name, hostile in HOSTILE.items() if hostile.when == "bar"]
PARTS = [("fast", 0), ("fast", 1), ("fast", 2), ("fast", 3), ("safe", 0)]
"""Of the fuzzed ones a quarter is enough for the slow engine."""
GOES_ON = (GuestRefused.__name__, GuestReturnedError.__name__, "")


@pytest.fixture
def hostile(load: Load) -> Any:
    """Load a hostile guest with a short deadline, and as much memory as guests have."""
    return lambda name: load(hostile_guest(name), deadline_ms=DEADLINE_MS, memory_limit_mb=256)


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


@pytest.mark.parametrize(("kind", "part"), PARTS)
def test_fuzzed_modules(load: Load, kind: str, part: int) -> None:
    """Damaged modules: a typed error, or a guest that happens to work."""
    outcomes = set()
    for seed in range(part * 125, part * 125 + 125):
        try:
            made = engine(load(fuzzed_module(seed), deadline_ms=20))
        except GuestError as error:
            outcomes.add(type(error).__name__)
            continue
        run(made, [bar()])
        outcomes.add("runs")
    assert len(outcomes) > 2


@pytest.mark.parametrize(("kind", "part"), PARTS)
def test_fuzzed_messages(load: Load, kind: str, part: int) -> None:
    """Random and nearly good messages to each function of the host."""
    calm = 0
    for seed in range(part * 125, part * 125 + 125):
        made = engine(load(fuzzed_sender(seed)))
        steps = run(made, [bar(100.0, n) for n in range(2)])
        failed = [n for step in steps for n in step.notices if isinstance(n, StrategyFailed)]
        assert not failed, failed
        calm += not any(isinstance(n, GuestFailed) for step in steps for n in step.notices)
    assert calm > 10
