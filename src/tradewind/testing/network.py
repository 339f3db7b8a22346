"""The network of a simulated world, both ways: what is lost, late, doubled, out of order or broken off."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.commands import Effect, SubmitOrder
from tradewind.domain.events import AccountSnapshot, Event
from tradewind.domain.message import Message
from tradewind.domain.time import NS_PER_SECOND
from tradewind.testing.faults import FaultKind
from tradewind.testing.gateway import refusal

if TYPE_CHECKING:
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.testing.faults import Fault
    from tradewind.testing.gateway import Gateway
    from tradewind.testing.process import Process
    from tradewind.testing.world import World

K = FaultKind
STALE_NS_MAX = 5 * NS_PER_SECOND
"""What a silent line keeps longer never arrives: a request later than the grace has no right answer."""
_PARTS = ("balances", "positions", "orders", "fills")
_decoder = msgspec.msgpack.Decoder(Event)
_encode = msgspec.msgpack.Encoder().encode


class Network:
    """Carries requests to the exchange, and answers, words and bars to the processes that are connected."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._weather = world.weather
        self._dice = random.Random(f"network/{world.plan.seed}")
        self._delay_ns = world.plan.terms.delay_ns
        self._last_arrival: TimeNs = 0
        self.travelling: set[ClientOrderId] = set()
        """Orders that have left and will arrive."""

    # --- to the venue -------------------------------------------------------------------------------

    def request(self, gateway: Gateway, number: int, effect: Effect) -> None:
        """Put a request on its way; those of one connection do not overtake each other, but for a fault."""
        world = self._world
        world.at(world.now + world.plan.terms.timeout_ns, partial(gateway.give_up, number))
        fault = self._weather.strike("request")
        kind = None if fault is None else fault.kind
        world.note("request", effect, fault)
        departs = self._departs()
        if kind is K.LOSE_REQUEST or departs - world.now > STALE_NS_MAX:
            return
        if isinstance(effect, SubmitOrder) and kind is not K.REFUSE_REQUEST:
            self.travelling.add(effect.order.id)
        arrival = max(self._last_arrival, departs + self._way())
        then = partial(self._arrive, gateway, number, effect, gateway.epoch)
        if fault is not None and kind is K.DELAY_REQUEST:
            world.at(arrival + fault.span, partial(then, at_risk=False))
            return
        self._last_arrival = arrival
        if kind is K.REFUSE_REQUEST:
            said = [refusal(effect, "the venue says no", arrival)]
            world.at(arrival, partial(self._answer, gateway, number, effect, said))
            return
        world.at(arrival, then)
        if kind is K.REPEAT_REQUEST:
            world.at(arrival, then)

    def _arrive(self, gateway: Gateway, number: int, effect: Effect, epoch: int, *, at_risk: bool = True) -> None:
        world = self._world
        if isinstance(effect, SubmitOrder):
            self.travelling.discard(effect.order.id)
        if at_risk and epoch != gateway.epoch:
            world.note("lost", effect)
            return
        if self._weather.until(K.LIMIT, world.since):
            self._answer(gateway, number, effect, [refusal(effect, "too many requests", world.now)])
            return
        answer, words = world.exchange.take(effect, world.now)
        world.arrived(effect)
        self.say(words)
        self._answer(gateway, number, effect, answer)

    # --- to us --------------------------------------------------------------------------------------

    def _answer(self, gateway: Gateway, number: int, effect: Effect, said: list[Event]) -> None:
        world = self._world
        fault = self._weather.strike("answer")
        kind = None if fault is None else fault.kind
        world.note("answer", effect, fault)
        if kind is K.LOSE_ANSWER:
            return
        arrival = self._departs() + self._way()
        then = partial(self._hand_over, gateway, gateway.epoch, partial(gateway.answered, number, said))
        if fault is not None and kind is K.DELAY_ANSWER:
            arrival += fault.span
        elif fault is not None and kind is K.CUT_ANSWER:
            whole = said[0] if said else None
            if isinstance(whole, AccountSnapshot):
                part = msgspec.structs.replace(whole, **{_PARTS[fault.span % len(_PARTS)]: None})
                then = partial(self._hand_over, gateway, gateway.epoch, partial(gateway.answered, number, [part]))
            else:
                then = partial(self._hand_over, gateway, gateway.epoch, partial(gateway.unreadable, number))
        world.at(arrival, then)

    def say(self, words: list[Event]) -> None:
        """Send the venue's words to everybody who is connected."""
        for word in words:
            for process in self._world.running():
                self._say(process.gateway, word)

    def _say(self, gateway: Gateway, word: Event) -> None:
        world = self._world
        fault = self._weather.strike("word")
        world.note("word", word, fault)
        if not gateway.up or (fault is not None and fault.kind is K.LOSE_WORD):
            return
        arrival = self._departs() + self._way()
        then = partial(self._hand_over, gateway, gateway.epoch, partial(gateway.say, word))
        if fault is None or fault.kind is K.REPEAT_WORD:
            gateway.last_word = arrival = max(arrival, gateway.last_word)
            world.at(arrival, then)
            if fault is not None:
                world.at(arrival, then)
        elif fault.kind is K.DELAY_WORD:
            world.at(arrival + fault.span, then)
        else:
            world.at(arrival, partial(self._break_off, gateway, word, fault))

    def _break_off(self, gateway: Gateway, word: Event, fault: Fault) -> None:
        """Bring half of a frame: it must not be taken for another message, and the connection is given up."""
        assert isinstance(word, Message)
        frame = _encode(word)
        try:
            _decoder.decode(frame[: 1 + fault.span % (len(frame) - 1)])
        except msgspec.DecodeError:
            gateway.cut()
            self._world.at(self._world.now + fault.span, gateway.mend)
            return
        raise AssertionError(f"half a frame was read as a message: {word}")

    def _hand_over(self, gateway: Gateway, epoch: int, then: partial[None]) -> None:
        if epoch == gateway.epoch:
            then()

    # --- the market ---------------------------------------------------------------------------------

    def publish(self, bar: Bar) -> None:
        """Send a bar to everybody who listens; market data have a line of their own."""
        world = self._world
        for process in world.running():
            fault = self._weather.strike("bar")
            if fault is not None:
                world.note("bar", bar, fault)
            kind = None if fault is None else fault.kind
            if kind is K.LOSE_BAR:
                continue
            arrival = world.now + self._way()
            if fault is not None and kind is K.DELAY_BAR:
                arrival += fault.span
            for _ in range(2 if kind is K.REPEAT_BAR else 1):
                world.at(arrival, partial(_bring, process, bar))

    def _departs(self) -> TimeNs:
        """Return when what is sent now really leaves: a line that only looks alive keeps it."""
        world = self._world
        until = self._weather.until(K.STALE, world.now - world.begun)
        return max(world.now, world.begun + until) if until else world.now

    def _way(self) -> TimeNs:
        return int(self._delay_ns * (1.0 + 0.5 * self._dice.random()))


def _bring(process: Process, bar: Bar) -> None:
    process.gateway.say(bar)
