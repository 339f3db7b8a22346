"""Failures, new instances, rehearsals, timeouts in the record: what a session makes of a guest that misbehaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.strategy.wasm.modules import Part, guest, log, place, run, set_cache
from tests.unit.strategy.wasm.puppet import Puppet, puppet
from tradewind.domain.checkpoint import EngineState, StrategyState
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import WarmupEnded
from tradewind.domain.step import TIMED_OUT, CacheWritten, DecisionIgnored, GuestFailed, LogLine, Mark, StrategyFailed
from tradewind.domain.swapping import StrategySwapRequested
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.engine import Engine
from tradewind.runtime.replay import compare
from tradewind.strategy.wasm.errors import GuestInitFailed, GuestQuarantined, InsufficientHistory
from tradewind.strategy.wasm.host_record import RecordCalls
from tradewind.strategy.wasm.life import Life
from tradewind.testing import STRATEGY, bar, engine, filled, instrument, script, settings, started

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step

ON_BAR = """(global.set $n (i32.add (global.get $n) (i32.const 1)))
  (if (i32.eq (global.get $n) (i32.const {number})) (then {then}))"""
"""Does something on the bar of a number, as the instance counts."""


def on(number: int, then: str) -> str:
    return ON_BAR.format(number=number, then=then)


def notices(steps: list[Step], kind: type) -> list[Any]:
    return [notice for step in steps for notice in step.notices if isinstance(notice, kind)]


def test_a_lost_call_leaves_its_lines_but_no_order_and_no_write(load: Load) -> None:
    made = engine(load(guest(log("before"), set_cache("k", "v"), place(1.0), "(unreachable)")))
    (step,) = run(made, [bar()])
    assert not step.effects
    assert not notices([step], CacheWritten)
    (line,), (failed,), (mark,) = (notices([step], kind) for kind in (LogLine, GuestFailed, Mark))
    assert line.message == "before"
    assert (failed.call, failed.kind, failed.number) == ("process_data", "GuestTrap", 2)
    assert (mark.title, mark.color, mark.shape.value, mark.level.value, mark.category, mark.signal) == (
        "Strategy Error", "red", "circle", "error", "StrategyError", "ABORT",
    )  # fmt: skip
    assert "unreachable" in mark.message


def test_a_new_instance_is_run_through_the_bars_and_nothing_of_it_leaves(load: Load) -> None:
    """It traps on its fourth bar; the new instance hears three bars again, then the fifth as its fourth, and so on."""
    strategy = load(guest(log("hello"), place(0.1), on(4, "(unreachable)")))
    steps = run(engine(strategy), [bar(100.0, n) for n in range(9)])
    sent = [sum(isinstance(effect, SubmitOrder) for effect in step.effects) for step in steps]
    assert sent == [1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert [len(notices([step], LogLine)) for step in steps[:4]] == [1] * 4
    assert strategy.rebuilds == 5
    (failed,) = notices(steps, StrategyFailed)
    assert failed.halted
    assert failed.error.startswith("GuestQuarantined: 6 failures within 100 bars")
    assert failed.where == strategy.name, "the guest's own place; loaded from a file, its name"


def test_a_guest_that_fails_now_and_then_goes_on(load: Load) -> None:
    """Once in thirty bars of its own count; a rehearsal leaves out the bar on which it failed."""
    strategy = load(guest(place(0.001), on(30, "(unreachable)")), warmup_bars=5)
    made = engine(strategy)
    steps = run(made, [bar(100.0, n) for n in range(400)])
    lost = [n for n, step in enumerate(steps) if notices([step], GuestFailed)]
    assert lost[:3] == [29, 55, 81]
    assert sum(len(step.effects) for step in steps) == 400 - len(lost)
    assert not made.roster.held


def test_settings_say_how_often_a_guest_may_fail(load: Load) -> None:
    made = engine(load(guest("(unreachable)"), max_rebuilds=0))
    assert len(notices(run(made, [bar(), bar(number=1)]), GuestFailed)) == 1
    assert made.roster.held == {"s"}


def test_refusals_over_a_whole_session_never_end_a_guest(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an unbroken run of bars with too little history, the first and the last are marked."""

    def play(host: Puppet) -> None:
        if host.bar.ts_open // 60_000_000_000 < 14:
            raise InsufficientHistory("too few bars")

    steps = run(engine(puppet(load, monkeypatch, play)), [bar(100.0, n) for n in range(20)])
    marked = [(n, notice) for n, step in enumerate(steps) for notice in step.notices]
    assert [n for n, _ in marked] == [0, 14]
    for _, mark in marked:
        assert (mark.title, mark.color, mark.shape.value, mark.level.value, mark.signal) == (
            "Insufficient Data", "yellow", "triangle", "warning", "NO_ACTION",
        )  # fmt: skip


def test_a_guest_that_fills_up_is_built_anew_before_it_is_full(load: Load) -> None:
    """Each bar keeps a page for good; no bar is missed, no failure is counted."""
    strategy = load(guest("(drop (memory.grow (i32.const 4)))", log("here")), memory_limit_mb=4, warmup_bars=2)
    steps = run(engine(strategy), [bar(100.0, n) for n in range(200)])
    assert len(notices(steps, LogLine)) == 200
    assert not notices(steps, GuestFailed)
    assert strategy.planned_rebuilds > 10
    assert strategy.rebuilds == 0


def test_a_timeout_stands_in_the_record_and_a_replay_needs_no_clock(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the call had said is dropped: how far it came depends on the machine."""
    module = guest(log("x"), place(0.1), on(3, "(loop $l (br $l))"))
    bars = [bar(100.0, n) for n in range(6)]
    steps = run(engine(load(module, deadline_ms=40)), bars)
    (first, *_) = notices(steps, GuestFailed)
    assert (first.kind, first.number, first.error) == (TIMED_OUT, 4, "not done in 40 ms")
    assert not steps[2].effects
    assert not notices([steps[2]], LogLine)

    again = load(module, deadline_ms=40)
    again.be_patient(backtest=False)
    for notice in notices(steps, GuestFailed):
        again.foretell(notice)
    replayed = run(engine(again), bars)
    encode = msgspec.msgpack.Encoder().encode
    assert [encode(step) for step in replayed] == [encode(step) for step in steps]


def test_a_timeout_of_a_guest_that_was_swapped_in_is_its_own_in_a_replay(load: Load) -> None:
    """On a machine where it would have been in time."""
    module, quiet = guest(log("x"), on(2, "(loop $l (br $l))")), guest(log("x"))
    request = StrategySwapRequested(3 * NS_PER_MINUTE, STRATEGY, "new.wasm", request="r")
    events = [*(bar(100.0, n) for n in range(3)), request, bar(100.0, 3), bar(100.0, 4)]
    made = Engine([instrument()], {STRATEGY: load(quiet)}, settings(), recording=True)
    made.swaps.offer("r", load(module, deadline_ms=40))
    steps = run(made, [started(), *events])
    assert [each.kind for each in notices(steps, GuestFailed)] == [TIMED_OUT]
    old = load(quiet)
    again = Engine([instrument()], {STRATEGY: old}, settings(), recording=True)
    compare(again, steps, {STRATEGY: old}, swaps={"r": load(quiet, deadline_ms=40)})


def test_a_timeout_while_one_is_swapped_in_is_its_own_in_a_replay_and_the_old_one_goes_on(load: Load) -> None:
    """It was never in time to act; where it is quicker, the journal says so all the same."""
    hangs, quiet = guest(log("x"), initialize=(set_cache("a", "b"), "(loop $l (br $l))")), guest(log("x"))
    request = StrategySwapRequested(3 * NS_PER_MINUTE, STRATEGY, "new.wasm", request="r")
    events = [*(bar(100.0, n) for n in range(3)), request, bar(100.0, 3)]
    made = Engine([instrument()], {STRATEGY: load(quiet)}, settings(), recording=True)
    made.swaps.offer("r", load(hangs, deadline_ms=40))
    steps = run(made, [started(), *events])
    assert [(each.kind, each.call) for each in notices(steps, GuestFailed)] == [(TIMED_OUT, "initialize")]
    assert [each.report for each in notices(steps, DecisionIgnored)] == ["swap"]
    assert len([each for each in notices(steps, LogLine) if each.message == "x"]) == 4, "the old one has seen every bar"
    old = load(quiet)
    again = Engine([instrument()], {STRATEGY: old}, settings(), recording=True)
    assert compare(again, steps, {STRATEGY: old}, swaps={"r": load(quiet, deadline_ms=40)}).steps == len(steps)


def test_a_backtest_that_times_out_ends_loudly(load: Load) -> None:
    strategy = load(guest("(loop $l (br $l))"), deadline_ms=10)
    strategy.be_patient(backtest=True)
    made = engine(strategy, halt_on_strategy_error=False)
    steps = run(made, [bar(), bar(number=1)])
    (failed,) = notices(steps, StrategyFailed)
    assert "not done in 100 ms" in failed.error
    assert made.roster.held == {"s"}


def test_initialize_is_tried_at_the_load_and_done_at_the_start(load: Load) -> None:
    """Its line is written once, though two instances were made."""
    strategy = load(guest(initialize=[log("start-up")]))
    made = engine(strategy, start=started(USDT=1))
    assert not notices(run(made, [bar()]), LogLine)
    assert strategy.calls == 2


def refusing(size: int) -> list[Part]:
    """Return an Initialize that takes a request of so many bytes for an error, and logs any other."""
    answer = f"(return (i64.const {512 << 32 | 1 << 31 | 8}))"
    return [f"(if (i32.eq (local.get 1) (i32.const {size})) (then {answer}))", log("start-up")]


def test_a_guest_that_takes_nothing_for_an_error_is_given_an_object_without_parameters(load: Load) -> None:
    """argo has a file always, so its guests parse what they are given; with parameters there is no second try."""
    text = '(data (i32.const 512) "too bad!")'
    strategy = load(guest(initialize=refusing(0), extra=text))
    assert strategy._belongings.config_text == "{}"
    made = engine(strategy, start=started(USDT=1))
    assert made.roster.held == set()
    assert load(guest(initialize=refusing(4), extra=text))._belongings.config_text == ""
    with pytest.raises(GuestInitFailed, match="Initialize says: too bad!"):
        load(guest(initialize=[*refusing(0), *refusing(4)], extra=text))
    with pytest.raises(GuestInitFailed, match="Initialize says: too bad!"):
        load(guest(initialize=refusing(4), extra=text), "{}")


def test_history_of_a_first_start_is_not_processed(load: Load) -> None:
    """While the session warms up no bar is called; afterwards the guest may look back on all of them."""
    strategy = load(guest(log("bar")))
    made = engine(strategy, start=started(warming=True))
    assert not notices(run(made, [bar(100.0, n) for n in range(5)]), LogLine)
    assert strategy.life is not None
    assert strategy.life.scene.series["BTCUSDT"].count == 5


def test_a_restored_guest_has_its_orders_and_its_fills(load: Load) -> None:
    first = load(guest(place(0.1)))
    made = engine(first, keeps_state=True)
    run(made, [bar(100.0, 0), filled("tw-000001", 0.1, ts=NS_PER_MINUTE), bar(100.0, 1)])
    later = load(guest(place(0.1)))
    engine(later, keeps_state=True, start=msgspec.structs.replace(started(), restored=made.state()))
    (was, now) = (strategy._belongings for strategy in (first, later))
    assert list(now.notes._notes.items()) == list(was.notes._notes.items())
    assert len(now.notes._notes) == 2
    assert (now.book.flows, list(now.book.trades), now.book.count) == (was.book.flows, list(was.book.trades), 1)


def test_a_restored_guest_is_rehearsed_before_it_is_live(load: Load) -> None:
    strategy = load(guest(log("bar"), set_cache("k", "new")))
    restored = EngineState(strategies=(StrategyState(STRATEGY, cache=(("k", "old"),)),))
    made = engine(strategy, start=msgspec.structs.replace(started(warming=True), restored=restored))
    run(made, [bar(100.0, n) for n in range(5)])
    assert dict(made.state().strategies[0].cache) == {"k": "old"}
    made.process(WarmupEnded(5 * NS_PER_MINUTE))
    (step,) = run(made, [bar(100.0, 5)])
    assert len(notices([step], LogLine)) == 1
    assert dict(made.state().strategies[0].cache) == {"k": "new"}
    assert strategy.planned_rebuilds == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug of ours")], ids=["interrupt", "bug"])
def test_what_a_handler_raises_reaches_the_caller_as_it_is(
    load: Load, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Through the guest and out of it, and the instance is as good as before."""
    raising = [error]

    def log_call(_: RecordCalls, request: bytes) -> bytes:
        if raising:
            raise raising.pop()
        return b""

    monkeypatch.setattr(RecordCalls, "log", log_call)
    strategy = load(guest(log("x")))
    engine(strategy)
    life = strategy.life
    assert isinstance(life, Life)
    life.see(bar())
    with pytest.raises(type(error)) as caught:
        life.process(bar())
    assert caught.value is error
    life.process(bar())


def test_a_bug_of_the_host_is_not_the_guests_fault(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordCalls, "log", lambda *_: [].pop())
    steps = run(engine(load(guest(log("x")))), [bar()])
    (failed,) = notices(steps, StrategyFailed)
    assert "HostBug" in failed.error
    assert not notices(steps, GuestFailed)


def test_another_strategy_hears_every_bar_of_every_symbol(load: Load) -> None:
    heard: list[InstrumentId] = []
    two = [instrument(), instrument("ETHUSDT")]
    guests = load(guest(on(7, "(unreachable)")))
    made = engine(guests, script(on_bar=lambda ctx, given: heard.append(given.instrument)), instruments=two)
    run(made, [bar(100.0, n, of=i.id) for n in range(20) for i in two])
    assert len(heard) == 40


def test_quarantine_is_an_error_of_the_strategy() -> None:
    assert GuestQuarantined("x").halts
