"""A simulated world as data: its terms, what its strategies wish, and what goes wrong. Made from a seed.

Nothing of a world is drawn later but the path of prices and the small delays of the network, which hang
on the seed alone, so a plan with a wish or a fault less is still a world.
"""

from __future__ import annotations

import enum
import math
import random
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.account import AccountKind
from tradewind.domain.breakers import BreakerAction
from tradewind.domain.exits import Moves
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND, TimeNs
from tradewind.testing.faults import CHANNELS, CRASHES, Fault, FaultKind
from tradewind.testing.rules import Rule, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERVAL_NS = NS_PER_MINUTE
"""The length of the world's bars."""


class Act(enum.StrEnum):
    """What a strategy wishes for."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING = "trailing"
    IOC = "ioc"
    FOK = "fok"
    GTD = "gtd"
    POST_ONLY = "post_only"
    BRACKET = "bracket"
    LIMIT_BRACKET = "limit_bracket"
    TIME_LIMIT = "time_limit"
    OCO = "oco"
    TARGET = "target"
    CLOSE = "close"
    EXIT = "exit"
    """A resting limit that may only reduce."""
    CANCEL = "cancel"
    CANCEL_ALL = "cancel_all"
    AMEND_PRICE = "amend_price"
    AMEND_QUANTITY = "amend_quantity"
    TIMER = "timer"
    """A market order, some seconds later."""


class Wish(msgspec.Struct, frozen=True):
    """What one strategy does on one bar."""

    bar: int
    """The number of the bar on which it is wished."""
    strategy: int
    instrument: int
    act: Act
    side: Side = Side.BUY
    lots: int = 10
    offset_bps: int = 10
    """How far prices lie from the last one; also which of the open orders is meant."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of a world; times in nanoseconds."""

    bars: int = 70
    instruments: int = 2
    strategies: int = 2
    account: AccountKind = AccountKind.CASH
    perpetual: bool = False
    volume_share: float = 0.0
    """The part of a bar's volume that orders may take; 0 for all."""
    touch: bool = False
    delay_ns: TimeNs = 20 * NS_PER_MS
    """The way between engine and venue."""
    turn_ns: TimeNs = NS_PER_MS
    """From an event's arrival to its turn."""
    gap_ns: TimeNs = NS_PER_MS
    """Between two effects that leave."""
    timeout_ns: TimeNs = 5 * NS_PER_SECOND
    first_ns: TimeNs = NS_PER_SECOND
    longest_ns: TimeNs = 10 * NS_PER_SECOND
    grace_ns: TimeNs = 30 * NS_PER_SECOND
    mode: Mode = Mode.WARN_ONLY
    interval_ns: TimeNs = 30 * NS_PER_SECOND
    """Between two comparisons of the books; 0 for those alone that come by themselves, and one when all is over."""
    position_lots_max: int = 0
    orders_per_minute_max: int = 0
    checkpoint_ns: TimeNs = 5 * NS_PER_MINUTE
    """How often the engine's state is kept."""
    quiet_end: bool = False
    """Whether the world ends without a stop: what rests may stay, and cancels that went wrong must come right."""
    flatten: bool = False
    """Whether the end closes all positions, so that wallets must agree to the last digit without them."""
    sqlite: bool = False
    """Whether the journal is the real one, on the disk."""
    forgets_ns: TimeNs = 0
    """How long after its end the venue knows no more of an order when it is asked; 0 for never."""
    funding_ns: TimeNs = 0
    """How often funding is paid; 0 for never."""
    rules: tuple[Rule, ...] = ()
    """Policies of positions, and breakers."""
    action: BreakerAction = BreakerAction.REFUSE
    """What the breakers do."""
    moves: Moves = Moves.AMEND
    """How the engine moves a stop."""


class Plan(msgspec.Struct, frozen=True):
    """One world."""

    seed: int
    terms: Terms
    wishes: tuple[Wish, ...]
    faults: tuple[Fault, ...]


_ACTS = (
    *(Act.MARKET,) * 6, *(Act.LIMIT,) * 5, *(Act.BRACKET,) * 3, *(Act.CANCEL,) * 4, *(Act.AMEND_PRICE,) * 3,
    *(Act.CLOSE,) * 2, *(Act.AMEND_QUANTITY,) * 2, *Act,
)  # fmt: skip
_SIDES = tuple(Side)
_NETWORK = (*(kind for kind, channel in CHANNELS.items() if channel in ("request", "answer", "word", "bar")),)
_LATE_NS_MAX = 15 * NS_PER_SECOND
"""No request is later: a world in which one comes after the grace has no right answer."""
RULES_FROM = 2_000
"""From this seed on there are worlds with policies of positions and breakers; those before have none."""
QUIET_EVENTS = 185
"""Bars and comparisons of a world in which nothing happens. Orders, faults and the end come on top, and bars that are
lost or that nobody is there to hear go off: two hundred events are what comes of it, not what is promised."""
_PLACES = {"request": 160, "answer": 160, "word": 250, "bar": 140, "commit": 400, "committed": 400, "append": 600,
           "send": 160, "sent": 160}  # fmt: skip


def draw(seed: int, *, crashes: bool = True, rules: bool = True) -> Plan:
    """Make the plan of a seed; without `crashes` its process and its disk are spared, without `rules` it has none."""
    dice = random.Random(f"world/{seed}")
    terms = _terms(dice)
    if rules and seed >= RULES_FROM:
        terms = _with_rules(terms, random.Random(f"rules/{seed}"))
    wishes, faults = tuple(_wishes(dice, terms)), tuple(_faults(dice, terms, crashes=crashes))
    later = random.Random(f"charges/{seed}")  # of their own, so that older seeds are the worlds that they were
    if terms.perpetual and terms.mode is not Mode.AUTO_ADJUST:
        terms = msgspec.structs.replace(terms, funding_ns=later.choice((0, 7, 20)) * NS_PER_MINUTE)
    return Plan(seed, terms, wishes, (*faults, *_transfers(later, terms)))


def _transfers(dice: random.Random, terms: Terms) -> Iterator[Fault]:
    """Yield what the owner brings and takes out, where the books follow the venue's: a lost word has no other cure."""
    if terms.mode is Mode.AUTO_ADJUST and dice.random() < 0.3:
        for _ in range(dice.choice((1, 2, 4))):
            yield Fault(FaultKind.DEPOSIT, dice.randrange(terms.bars * INTERVAL_NS), dice.choice((-700, -3, 5, 1_000)))


def _terms(dice: random.Random) -> Terms:
    instruments = dice.choice((1, 2, 2, 3))
    interval_ns = dice.choice((0, 45, 90, 180)) * NS_PER_SECOND
    perpetual = dice.random() < 0.3
    mode = dice.choice((Mode.WARN_ONLY, Mode.AUTO_ADJUST, Mode.HALT_ON_MISMATCH, Mode.MANUAL_APPROVAL))
    return Terms(
        bars=_bars(instruments, interval_ns),
        instruments=instruments,
        strategies=dice.choice((1, 1, 2, 3)),
        account=dice.choice((AccountKind.CASH, AccountKind.MARGIN)),
        perpetual=perpetual,
        volume_share=dice.choice((0.0, 0.0, 0.05, 0.2)),
        touch=dice.random() < 0.5,
        delay_ns=dice.choice((1, 20, 300)) * NS_PER_MS,
        turn_ns=dice.choice((0, 1, 50)) * NS_PER_MS,
        gap_ns=dice.choice((0, 1, 20)) * NS_PER_MS,
        timeout_ns=dice.choice((2, 5)) * NS_PER_SECOND,
        grace_ns=dice.choice((20, 30)) * NS_PER_SECOND,
        mode=mode,
        interval_ns=interval_ns,
        position_lots_max=dice.choice((0, 40, 80)),
        orders_per_minute_max=dice.choice((0, 0, 4)),
        checkpoint_ns=dice.choice((2, 10, 60)) * NS_PER_MINUTE,
        quiet_end=dice.random() < 0.4,
        flatten=dice.random() < 0.5,
        sqlite=dice.random() < 0.02,
        forgets_ns=dice.choice((0, 0, 1, 5)) * NS_PER_MINUTE,
        funding_ns=dice.choice((0, 7, 20)) * NS_PER_MINUTE if perpetual and mode is Mode.AUTO_ADJUST else 0,
    )


def _with_rules(terms: Terms, dice: random.Random) -> Terms:
    actions = (BreakerAction.REFUSE, BreakerAction.CANCEL, BreakerAction.REDUCE, BreakerAction.FLATTEN)
    return msgspec.structs.replace(
        terms, rules=drawn(dice), action=dice.choice(actions), moves=dice.choice((Moves.AMEND, Moves.REPLACE))
    )


def _has_margin(terms: Terms) -> bool:
    return terms.perpetual or terms.account is AccountKind.MARGIN


def _bars(instruments: int, interval_ns: TimeNs) -> int:
    """Return how many bars a world lasts: where the books are compared often, fewer of them make as many events."""
    rounds = 2 * INTERVAL_NS / interval_ns if interval_ns else 0.0  # a timer and an answer
    return math.ceil(QUIET_EVENTS / (instruments + rounds))


def _wishes(dice: random.Random, terms: Terms) -> Iterator[Wish]:
    busy = dice.choice((0.15, 0.3, 0.5))
    for bar in range(1, terms.bars):
        for strategy in range(terms.strategies):
            wishes = 0 if dice.random() >= busy else dice.choice((1, 1, 1, 1, 2, 4))
            for instrument in (dice.randrange(terms.instruments),) * wishes:
                yield Wish(
                    bar, strategy, instrument, dice.choice(_ACTS), dice.choice(_SIDES),
                    dice.choice((1, 5, 10, 30)), dice.choice((1, 5, 20, 60)),
                )  # fmt: skip
    if terms.quiet_end and dice.random() < 0.5:
        for strategy in range(terms.strategies):
            for instrument in range(terms.instruments):
                yield Wish(terms.bars - 1, strategy, instrument, Act.CANCEL_ALL)


def _faults(dice: random.Random, terms: Terms, *, crashes: bool) -> Iterator[Fault]:
    weather = dice.choice((0.0, 0.01, 0.03, 0.08))
    favourite, part = dice.choice(_NETWORK), dice.randrange(4)
    for kind in _NETWORK:
        often = 5 * weather if kind is favourite else weather
        for place in range(_PLACES[CHANNELS[kind]]):
            if dice.random() < often:
                yield Fault(
                    kind, place, part if kind is FaultKind.CUT_ANSWER else int(dice.random() * _LATE_NS_MAX) + 1
                )
    end = terms.bars * INTERVAL_NS
    for kind in (FaultKind.DOWN, FaultKind.STALE, FaultKind.LIMIT):
        for _ in range(dice.choice((0, 0, 1, 2))):
            yield Fault(kind, dice.randrange(end), dice.choice((2, 10, 70)) * NS_PER_SECOND)
    if dice.random() < 0.3:
        yield Fault(FaultKind.JUMP, dice.randrange(end), dice.choice((-40, -3, 3, 40, 900)) * NS_PER_SECOND)
    if terms.mode is Mode.AUTO_ADJUST and dice.random() < 0.4:
        for _ in range(dice.choice((1, 2, 5))):
            yield Fault(FaultKind.STRANGER, dice.randrange(end), dice.choice((-7, -2, 3, 11)))
    if terms.mode is Mode.AUTO_ADJUST and _has_margin(terms) and dice.random() < 0.4:
        for _ in range(dice.choice((1, 2, 4))):
            yield Fault(FaultKind.FORCE_OUT, dice.randrange(end), dice.randrange(terms.instruments))
    if crashes and dice.random() < 0.15:
        yield Fault(FaultKind.TWIN, dice.randrange(end), dice.choice((5, 15, 40, 90)) * NS_PER_SECOND)
    if crashes:
        for _ in range(dice.choice((0, 1, 1, 2, 4))):
            crash = dice.choice((*sorted(CRASHES), FaultKind.FSYNC_LOST, FaultKind.FSYNC_KEPT))
            yield Fault(crash, dice.randrange(_PLACES[CHANNELS[crash]]), dice.choice((1, 5, 40, 130)) * NS_PER_SECOND)
