"""What an exchange in its own process and its clients say to each other. Pure.

Every word is a msgpack array: the tag, then the fields by place; as in the journal, fields are only ever added at
the end, with a default. How words are cut into frames is `framing.py`'s affair.

Two links make a client: on `market` come bars and the time, on `private` go requests and come reports.
Reports of an account and market events are numbered from 1 and kept, so that a client that comes back names
the last one that it has and gets each once, in order. Every request is answered at once, by `Receipt`
or `Refused`; what becomes of the order are reports.

With `speed` None the time stands still until every client has taken what it was told (`Taken`), with all that
followed from it sent before: so a run over two processes is the run in one, to the digit.
"""

from __future__ import annotations

import msgspec

from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.events import AccountSnapshot, Event
from tradewind.domain.instrument import Instrument
from tradewind.domain.market import Bar, MarketEvent
from tradewind.domain.time import NEVER, TimeNs

VERSION = 1
UNKNOWN = -1
"""The number of who does not know which report or market event it had last: a new process."""
BARS_MAX = 2_000
"""Bars in one frame of history."""

VenueRequest = SubmitOrder | CancelOrder | AmendOrder | QueryOrder | QueryAccount


class Frame(msgspec.Struct, frozen=True, gc=False, array_like=True, tag_field="_"):
    """Anything that is said on a link."""


class Hello(Frame, frozen=True, gc=False, tag="hello"):
    """The first word on every link: which of `market`, `private`, `asks` it is, for which account."""

    version: int
    link: str
    account: str = ""
    """Empty on a market link of somebody who has no account here."""
    client: str = ""
    """Who it is: the same on all links of one client, and of no other."""
    last: int = UNKNOWN
    """The last report or market event that this client has."""
    token: int = 0
    """The fencing token under which it may trade the account; who comes with a lower one than was seen is denied."""


class Request(Frame, frozen=True, gc=False, tag="request"):
    """A wish; `id` counts the requests of a client, the order has its own client id."""

    id: int
    effect: VenueRequest


class Taken(Frame, frozen=True, gc=False, tag="taken"):
    """All up to these numbers is processed, durable, and what followed from it was sent before this."""

    report: int
    market: int
    wake: int
    due: TimeNs = NEVER
    """When the client's next timer is due."""


class Bye(Frame, frozen=True, gc=False, tag="bye"):
    """The client ends in good order: nobody need wait for it."""


class AskFacts(Frame, frozen=True, gc=False, tag="ask_facts"):
    """Ask what is traded here, and what an account has."""

    account: str = ""


class AskBars(Frame, frozen=True, gc=False, tag="ask_bars"):
    """Ask for the bars that open at `since` or later, of history and up to the market event of this number."""

    since: TimeNs
    interval: str
    last: int


class PressFault(Frame, frozen=True, gc=False, tag="press_fault"):
    """Let something go wrong; see `exchange/faults.py` for the kinds."""

    kind: str
    account: str
    count: int = 1
    seconds: float = 0.0
    link: str = ""
    """`market` or `private`; empty for both."""


class Welcome(Frame, frozen=True, gc=False, tag="welcome"):
    """The link stands; what comes on it is numbered from `after` + 1 on."""

    version: int
    now: TimeNs
    speed: float | None
    """How much faster than the clock on the wall time runs; None waits for the clients."""
    after: int
    born: TimeNs = 0
    """When the exchange was started, by the wall: another number is another exchange, with other books."""


class Denied(Frame, frozen=True, gc=False, tag="denied"):
    """The link ends: `version`, `account`, `taken_over`, `faults_off`, `protocol`. Trying again will not help."""

    code: str
    reason: str


class Receipt(Frame, frozen=True, gc=False, tag="receipt"):
    """The exchange has the request; what comes of it will be a report."""

    id: int


class Refused(Frame, frozen=True, gc=False, tag="refused"):
    """The exchange will not do what was asked for: `repeated`, `id_taken`, `instrument`, `fault`."""

    id: int
    code: str
    reason: str


class Report(Frame, frozen=True, gc=False, tag="report"):
    """What the venue says of an account."""

    number: int
    event: Event


class Market(Frame, frozen=True, gc=False, tag="market"):
    """What happened in the market; `reports` is the number of the last report that was made before it."""

    number: int
    event: MarketEvent
    reports: int = 0


class Wake(Frame, frozen=True, gc=False, tag="wake"):
    """It is `ts` now, and all of that time that comes before timers has been: one of the client's is due."""

    number: int
    ts: TimeNs


class Beat(Frame, frozen=True, gc=False, tag="beat"):
    """Both sides say it every second: the link lives. `last` is the last number that was sent on it."""

    ts: TimeNs = 0
    last: int = UNKNOWN


class Ended(Frame, frozen=True, gc=False, tag="ended"):
    """There is no more market data after `ts`. The accounts stay, and requests are answered."""

    ts: TimeNs


class Facts(Frame, frozen=True, gc=False, tag="facts"):
    """What is traded here, and what the account has."""

    instruments: tuple[Instrument, ...]
    interval: str
    finest: str
    described: str
    now: TimeNs
    trades_from: TimeNs
    """The open of the first bar that this account will be told next."""
    speed: float | None
    accounts: tuple[str, ...]
    kind: AccountKind | None = None
    snapshot: AccountSnapshot | None = None
    orders_ever: int = 0
    """How many orders of the account ever came to the exchange, exits among them, each counted once."""
    duplicates: int = 0
    """How many submits were refused because their id was there already."""
    reports: int = 0
    is_over: bool = False
    begins: TimeNs = 0
    """The open of the first bar that this exchange plays."""
    taken: int = 0
    """The number of the last market event that the account's client has taken; without one, that was told."""
    sent: int = 0
    """The number of the last market event that was told."""


class Bars(Frame, frozen=True, gc=False, tag="bars"):
    """A piece of history."""

    bars: tuple[Bar, ...]
    more: bool


class Done(Frame, frozen=True, gc=False, tag="done"):
    """What was asked for has been done."""

    what: str


ClientWord = Hello | Request | Taken | Bye | Beat | AskFacts | AskBars | PressFault
ServerWord = Welcome | Denied | Receipt | Refused | Report | Market | Wake | Beat | Ended | Facts | Bars | Done
