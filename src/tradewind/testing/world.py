"""A simulated world: one heap of what is to happen, in virtual time, with the real engine in the middle.

Everything follows from the plan. `World(plan).run()` returns what the checkers have to say against it;
nothing is read from a clock, and nothing is drawn but from the plan's seed.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tradewind.domain.commands import Correct
from tradewind.domain.errors import LeaseHeld
from tradewind.domain.lease import Holder
from tradewind.domain.money import money_context
from tradewind.domain.time import NEVER, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.runtime.lease import Lease
from tradewind.testing.checker import Checker, Violation
from tradewind.testing.checkers import CHECKERS
from tradewind.testing.exchange import LAST_BARS, START, Exchange, bars_of
from tradewind.testing.faults import FaultKind, Weather
from tradewind.testing.leases import SECONDS, Leases
from tradewind.testing.network import Network
from tradewind.testing.plan import INTERVAL_NS
from tradewind.testing.process import Process, recovered
from tradewind.testing.terms import actors_of, settings_of, wishes_of
from tradewind.testing.trace import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.base import Strategy
    from tradewind.testing.actor import Actor
    from tradewind.testing.faults import Fault
    from tradewind.testing.plan import Plan

SETTLE_NS = 15 * NS_PER_MINUTE
"""How long everything has to come right after the last fault."""
UNTIL_SETTLED_NS = 3 * NS_PER_MINUTE
"""Without rounds: from a comparison on demand until all that follows from it by itself is over."""
COMPARISONS_MAX = 3
"""Without rounds: so often the operator asks at the end, as long as something was set right."""
STEPS_MAX = 20_000
"""A world with more is one that never rests."""


class SimClock:
    """The clock of the engine's machine: it may be moved, and as we read it, it never goes back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._latest: TimeNs = 0
        self.offset: TimeNs = 0

    def now(self) -> TimeNs:
        """Return the present, as the machine tells it."""
        now = self._world.now + self.offset
        self._latest = max(self._latest, now)
        return self._latest

    def when(self, ts: TimeNs) -> TimeNs:
        """Return the world's time at which this clock shows `ts`."""
        return ts - self.offset


@dataclass
class Outcome:
    """What came of a world."""

    plan: Plan
    violations: list[Violation] = field(default_factory=list)
    steps: int = 0
    """Steps of all engines."""
    orders: int = 0
    fills: int = 0
    faults: int = 0
    """Faults that met something."""
    restarts: int = 0

    @property
    def blamed(self) -> str:
        """The name of the first checker that objects; empty if none does."""
        return self.violations[0].checker if self.violations else ""


class World:
    """One world; `trace`, if given, is told every line of what happens."""

    def __init__(
        self,
        plan: Plan,
        *,
        checkers: Sequence[type[Checker]] = CHECKERS,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.plan = plan
        self.begun: TimeNs = START
        self.now: TimeNs = START
        self.clock = SimClock(self)
        self.weather = Weather(plan.faults)
        self.exchange = Exchange(plan)
        self.leases = Leases(lambda: self.now)
        self.is_contested = any(fault.kind is FaultKind.TWIN for fault in plan.faults)
        """Whether more than one engine may want to act: then they need a lease."""
        self._settings = settings_of(plan.terms)
        self._wishes = wishes_of(plan)
        self._engines: list[Engine] = []
        self.network = Network(self)
        self.processes: list[Process] = []
        self.checkers = [kind(self) for kind in checkers]
        watching = [each for each in self.checkers if each.watches]
        self._see_step, self._see_sent, self._see_arrived = (
            [getattr(each, hook) for each in watching if getattr(type(each), hook) is not getattr(Checker, hook)]
            for hook in ("stepped", "sent", "arrived")
        )
        self.steps = 0
        self.happened: Counter[str] = Counter()
        """What befell it that no message was needed for."""
        self.folder = Path()
        """Where processes keep files, in worlds that have any."""
        self._trace = trace
        self._heap: list[tuple[TimeNs, int, Callable[[], object]]] = []
        self._count = 0
        self._exchange_wakes: TimeNs = NEVER
        self._end: TimeNs = NEVER
        self._comparisons: list[TimeNs] = []
        """When the operator has asked for one because nothing goes wrong any more, by the processes' clock."""
        self._fair_at = START + plan.terms.bars * INTERVAL_NS + 5 * NS_PER_SECOND

    @property
    def since(self) -> TimeNs:
        """The time since the beginning."""
        return self.now - self.begun

    def run(self) -> Outcome:
        """Let it all happen, until everything has come to rest."""
        outcome = Outcome(self.plan)
        with money_context(), TemporaryDirectory() if self.plan.terms.sqlite else nullcontext("") as folder:
            self.folder = Path(folder)
            try:
                self._prepare()
                self._turn_heap()
                for checker in self.checkers:
                    checker.ended()
            except Violation as violation:
                outcome.violations.append(violation)
            except Exception as error:  # noqa: BLE001 - an engine that raises has failed, whatever it raises
                outcome.violations.append(Violation("Raised", f"{type(error).__name__}: {error}", error))
        outcome.steps, outcome.faults = self.steps, self.weather.struck
        outcome.orders, outcome.fills = len(self.exchange.arrived), len(self.exchange.fills)
        outcome.restarts = len(self.processes) - 1
        return outcome

    def actors(self) -> dict[StrategyId, Actor]:
        """Return the strategies of this world, as new as after a start."""
        return actors_of(self._wishes)

    def engine(self, strategies: Mapping[StrategyId, Strategy]) -> Engine:
        """Make an engine of this world, as new as after a start; without strategies for one that follows."""
        engine = Engine(self.exchange.instruments, strategies, self._settings, recording=True)
        self._engines.append(engine)
        return engine

    def dismantle(self) -> None:
        """Take it apart when nobody asks it any more: its parts know each other, and only that keeps them in memory."""
        processes = (part for each in self.processes for part in (each.turn, each.gateway, each.disk, each))
        stages = (part for each in self._engines for part in vars(each).values())
        ours = (part for part in stages if type(part).__module__.startswith("tradewind."))
        engines = [part for part in ours if hasattr(part, "__dict__")]
        venue = (self.exchange.sim, self.exchange, self.network)
        for part in [*processes, *engines, *self._engines, *venue, *self.checkers, self.clock, self]:
            vars(part).clear()

    def at(self, ts: TimeNs, action: Callable[[], object]) -> None:
        """Let something happen at a time; what is due at one time happens in the order in which it was asked for."""
        self._count += 1
        heappush(self._heap, (ts, self._count, action))

    def running(self) -> Iterator[Process]:
        """Yield the processes that live."""
        return (process for process in self.processes if process.alive)

    # --- what the parts tell ------------------------------------------------------------------------

    def stepped(self, process: Process, step: Step) -> None:
        """Hear of a step that an engine has just taken."""
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Violation("Rests", f"after {self.steps} steps there is no end")
        if self._trace is not None:
            self.note(f"step {process.number}/{step.seq}", step)
        for see in self._see_step:
            see(process, step)

    def sent(self, process: Process, effect: Effect) -> None:
        """Hear of an effect that leaves a process."""
        for see in self._see_sent:
            see(process, effect)

    def arrived(self, effect: Effect) -> None:
        """Hear of a request that the venue has just carried out."""
        self._watch_exchange()
        for see in self._see_arrived:
            see(effect)

    def died(self, process: Process, span: TimeNs | None) -> None:
        """Hear that a process is gone, and start one again `span` later; None if it left the account to another.

        Who stands by while all is fair waits for that alone.
        """
        self.note("dead", f"process {process.number}: {len(process.disk.kept)} of {len(process.disk.steps)} steps kept")
        if span is not None:
            self.at(self.now + span, self._start_again)
            return
        self.happened["lease lost"] += 1
        if self.weather.fair and process is self.processes[-1]:
            self._stand_by(len(self.processes))

    def _start_again(self) -> None:
        """Start a process from what is on the disk; none is started where the venue is not, or another one acts."""
        until = self.weather.until(FaultKind.DOWN, self.since)
        if until:
            self.at(self.begun + until, self._start_again)
            return
        lease = self._lease()
        if lease is None and self.is_contested:
            return
        if self.processes[-1].alive:
            self.happened["place taken from one that stands still"] += 1
        process = Process(self, len(self.processes) + 1, recovered(self.processes[-1]), lease)
        self.processes.append(process)
        process.start()
        if self.weather.fair and process.alive and not self.plan.terms.quiet_end:
            process.stop()

    def _lease(self) -> Lease | None:
        """Take the lease for a process that is about to start; None if another has it, or nobody wants it."""
        if not self.is_contested:
            return None
        holder = Holder("machine", len(self.processes) + 1, "")
        lease = Lease(self.leases, "account", holder, SECONDS, clock=lambda: self.now)
        try:
            lease.take()
        except LeaseHeld:
            return None
        return lease

    def _contest(self, span: TimeNs) -> None:
        """Let the engine stand still for a while, and another one wait for its place."""
        self.happened["stands still"] += 1
        self.note("twin", f"process {len(self.processes)} stands still for {span} ns")
        self.processes[-1].pause(min(self.now + span, self._fair_at))
        self._stand_by(len(self.processes))

    def _stand_by(self, place: int) -> None:
        """Take over as soon as the lease can be had, unless somebody else has done so."""
        if len(self.processes) != place or (self.weather.fair and self.processes[-1].alive):
            return
        self._start_again()
        if len(self.processes) == place:
            self.at(self.now + 2 * NS_PER_SECOND, partial(self._stand_by, place))

    def note(self, what: str, about: object, fault: Fault | None = None) -> None:
        """Write a line of the trace."""
        if self._trace is not None:
            struck = "" if fault is None else f"  !! {fault.kind.value} {fault.span}"
            self._trace(f"{self.since / NS_PER_SECOND:12.6f} {what:<10} {told(about, self.begun)}{struck}")

    # --- the course of the world --------------------------------------------------------------------

    def _prepare(self) -> None:
        for bar in bars_of(self.plan):
            self.at(bar.ts_venue, partial(self._publish, bar))
        for fault in self.plan.faults:
            if fault.kind is FaultKind.DOWN:
                self.at(START + fault.at, self._cut)
                self.at(min(START + fault.at + fault.span, self._fair_at), self._mend)
            elif fault.kind is FaultKind.JUMP:
                self.at(START + fault.at, partial(self._jump, fault.span))
            elif fault.kind is FaultKind.TWIN:
                self.at(START + fault.at, partial(self._contest, fault.span))
            elif fault.kind is FaultKind.STRANGER:
                self.at(START + fault.at, partial(self._trade_by_hand, fault.span))
            elif fault.kind is FaultKind.FORCE_OUT:
                self.at(START + fault.at, partial(self._force_out, fault.span))
            elif fault.kind is FaultKind.DEPOSIT:
                self.at(START + fault.at, partial(self._deposit, fault.span))
        if self.plan.terms.funding_ns:
            for ts in range(START + self.plan.terms.funding_ns, self._fair_at, self.plan.terms.funding_ns):
                self.at(ts, self._fund)
        self.at(self._fair_at, self._clear_up)
        first = Process(self, 1, None, self._lease())
        self.processes.append(first)
        first.start()

    def _turn_heap(self) -> None:
        heap = self._heap
        while heap and heap[0][0] <= self._end:  # a checker, or what has just been done, may move the end
            self.now, _, action = heappop(heap)
            action()

    def _publish(self, bar: Bar) -> None:
        self.network.say(self.exchange.trade(bar))
        self.network.publish(bar)
        self._watch_exchange()

    def _fund(self) -> None:
        self.happened["funding"] += 1
        self.network.say(self.exchange.fund(self.now))
        self._watch_exchange()

    def _force_out(self, number: int) -> None:
        self.happened["position closed by force"] += 1
        self.note("forced out", number)
        self.network.say(self.exchange.force_out(number, self.now))
        self._watch_exchange()

    def _deposit(self, amount: int) -> None:
        self.note("deposit", amount)
        self.network.say(self.exchange.deposit(amount, self.now))
        self._watch_exchange()

    def _watch_exchange(self) -> None:
        """Be there when the venue has something to do by itself."""
        due = self.exchange.due
        if due < self._exchange_wakes:
            self._exchange_wakes = due
            self.at(max(due, self.now), self._let_exchange)

    def _let_exchange(self) -> None:
        self._exchange_wakes = NEVER
        self.network.say(self.exchange.advance(self.now))
        self._watch_exchange()

    def _cut(self) -> None:
        self.happened["connection down"] += 1
        for process in self.running():
            process.gateway.cut()

    def _mend(self) -> None:
        if not self.weather.until(FaultKind.DOWN, self.since):
            for process in self.running():
                process.gateway.mend()

    def _jump(self, span: TimeNs) -> None:
        self.happened["clock forward" if span > 0 else "clock back"] += 1
        self.clock.offset += span

    def _trade_by_hand(self, lots: int) -> None:
        self.happened["owner trades by hand"] += 1
        self.note("by hand", lots)
        self.exchange.trade_by_hand(lots, self.now)

    def _clear_up(self) -> None:
        """From now on nothing goes wrong any more; the engine is told to end, and has time to find out everything."""
        self.weather.fair = True
        self._mend()
        self._have_compared()
        for process in list(self.running()):
            if not self.plan.terms.quiet_end:
                process.stop()
        self._end = self.now + SETTLE_NS
        self.at(self.now + (LAST_BARS + 1) * INTERVAL_NS, self._look_for_rest)

    def _look_for_rest(self) -> None:
        """End soon when nothing is left to find out: two more comparisons must have nothing to say."""
        running, interval_ns = list(self.running()), self.plan.terms.interval_ns
        done = len(self._comparisons)
        if not interval_ns and running and done < COMPARISONS_MAX and (not done or self._has_corrected(running[-1])):
            self._comparisons.append(self.clock.now())
            self._have_compared()
            self.at(self.now + NS_PER_MINUTE, self._look_for_rest)
        elif not running or not all(process.is_at_rest for process in running):
            self.at(self.now + NS_PER_MINUTE, self._look_for_rest)
        else:
            self._end = min(self._end, self.now + (2 * interval_ns or UNTIL_SETTLED_NS) + 10 * NS_PER_SECOND)

    def _has_corrected(self, process: Process) -> bool:
        """Tell whether the last comparison set something right: of what that moves, only the next one is certain."""
        heard = takewhile(lambda step: step.event.ts_recv >= self._comparisons[-1], reversed(process.disk.steps))
        return any(isinstance(effect, Correct) for step in heard for effect in step.effects)

    def _have_compared(self) -> None:
        """Where there are no rounds, let the operator ask for a comparison: words that were lost are found by none."""
        if not self.plan.terms.interval_ns:
            for process in list(self.running()):
                process.compare()
