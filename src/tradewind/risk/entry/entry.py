"""An entry under review: its size as a fraction of the equity, and what has been said of it so far."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.approval import EntrySized, Named
from tradewind.domain.money import ONE, ZERO, floor_to
from tradewind.domain.step import RefusalCode
from tradewind.domain.units import FractionOfEquity, PriceMove
from tradewind.risk.checks import Candidate
from tradewind.risk.dynamic.advice import Advice
from tradewind.risk.entry.book import Line, lines, value

if TYPE_CHECKING:
    from tradewind.domain.step import Refusal
    from tradewind.ports import View

C = RefusalCode
SHOWN = Decimal("1e-9")
_ONE_SHOWN = ONE.quantize(SHOWN)


class Entry(msgspec.Struct, gc=False):
    """The part of a candidate that opens: what only closes is not multiplied, and no cap holds it."""

    candidate: Candidate
    equity: Decimal
    unit: Decimal
    """What one base unit is worth, in the base currency."""
    closing: Decimal
    """How much of the candidate closes what is held."""
    size: FractionOfEquity
    raw: FractionOfEquity
    stop: PriceMove | None = None
    """Distance of the stop, as it will be; above 0."""
    before: FractionOfEquity = FractionOfEquity(ZERO)
    """Of an order that grows, how large it was."""
    advice: Advice | None = None
    """What dynamic risk says of it, asked once."""
    book: list[Line] | None = None
    """What is held and on its way, read once."""
    worths: list[tuple[Line, Decimal | None]] | None = None
    """The same, each with what it is worth in the base currency, signed; None where a price is missing."""
    factors: list[Named] = []
    caps: list[Named] = []
    """The room that each has left, by its code, as it is told."""
    room: Decimal | None = None
    """The room that the last cap has left, exactly."""
    bound: RefusalCode | None = None

    @property
    def sign(self) -> int:
        """1 for a long, -1 for a short."""
        return self.candidate.intent.side.sign

    def lines(self, view: View) -> list[Line]:
        """Return what is held and on its way, as it was when the review began."""
        if self.book is None:
            self.book = lines(view)
        return self.book

    def valued(self, view: View) -> list[tuple[Line, Decimal | None]]:
        """Return what is held and on its way with what it is worth."""
        if self.worths is None:
            self.worths = [(line, value(line.quantity, line.key[1], view)) for line in self.lines(view)]
        return self.worths

    def multiply(self, name: str, factor: Decimal) -> Refusal | None:
        """Take a factor; refuse what it makes nothing of, naming it."""
        if factor is ONE:
            self.factors.append((name, _ONE_SHOWN))
        else:
            self.factors.append((name, factor.quantize(SHOWN)))
            self.size *= factor
        return None if self.size.value > ZERO else self.candidate.refuse(C.ZERO_SIZE, ZERO, factor, name)

    def cap(self, code: RefusalCode, room: Decimal, limit: Decimal) -> Refusal | None:
        """Hold the size down to the room that a cap leaves, over equity; refuse it where there is none."""
        self.caps.append((code._value_, room.quantize(SHOWN)))
        self.room = room
        if room <= ZERO:
            reached = (limit - room + self.size.value).quantize(SHOWN)
            return self.candidate.refuse(code, limit, reached, "no room is left")
        if room < self.size.value:
            self.size, self.bound = FractionOfEquity(room), code
        return None

    def sized(self) -> Candidate:
        """Return the candidate as it has become, on the lot; its quantity is 0 where nothing is left."""
        candidate = self.candidate
        if self.size is self.raw or self.size.value == self.raw.value:
            return candidate
        lot = candidate.instrument.lot
        opening = floor_to(self.size.value * self.equity / self.unit, lot)
        quantity = self.closing + opening if opening > 0 else ZERO
        return msgspec.structs.replace(
            candidate, quantity=quantity, value=candidate.instrument.notional(quantity, candidate.price)
        )

    def told(self) -> EntrySized:
        """Return what is told of it when it is let through."""
        intent, raw = self.candidate.intent, self.raw.value.quantize(SHOWN)
        return EntrySized(
            intent.strategy, intent.instrument, intent.id, raw, tuple(self.factors), tuple(self.caps),
            "" if self.bound is None else self.bound.value,
            raw if self.size is self.raw else self.size.value.quantize(SHOWN),
            None if self.stop is None else self.stop.value.quantize(SHOWN),
        )  # fmt: skip


def entry_of(candidate: Candidate, view: View) -> Entry | Refusal:
    """Return the entry that a candidate is; a refusal where the equity or a price is not known."""
    equity, worth = view.equity(), view.worth(candidate.instrument.quote)
    if equity is None or worth is None:
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    if equity <= ZERO:
        return candidate.refuse(C.INSUFFICIENT_FUNDS, ZERO, equity, "equity is not above 0")
    unit = candidate.price * candidate.instrument.multiplier
    if worth is not ONE:
        unit *= worth
    closing = max(candidate.room, ZERO) if candidate.room else ZERO
    size = FractionOfEquity((candidate.quantity - closing) * unit / equity)
    return Entry(candidate, equity, unit, closing, size, size, factors=[], caps=[])
