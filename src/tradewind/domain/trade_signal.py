"""Signals: whole plans of trades, what became of them, and how advice is asked for. Contract: spec/signals.md.

Times of rows are milliseconds, as in the files and callbacks that people read; events and notices keep nanoseconds.
"""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class SignalFill(Message, frozen=True, gc=False):
    """One execution of a signal; `reference` is the price before simulated slippage, the price itself live."""

    is_entry: bool
    price: Decimal
    quantity: Decimal
    fee: Decimal
    reference: Decimal
    ts_venue: TimeNs
    unpriced: str = ""
    """A fee in an asset whose worth was not known, such as `0.01 BNB`; `fee` is 0 then, and the net is not known."""


class SignalRow(Message, frozen=True, gc=False):
    """A signal as it is kept: the plan, where it belongs, and what has been filled of it."""

    id: str
    position: str
    """`long` or `short`."""
    price_open: float
    """The price wished for; the last price at creation for an entry at once."""
    price_take_profit: float | None
    price_stop_loss: float | None
    minute_estimated_time: int | None
    note: str
    entry: str
    """`now` (a limit that reaches the tolerance past the price), `market`, `limit` or `stop`."""
    quantity: Decimal
    symbol: str
    exchange_name: str
    strategy_name: str
    timestamp: int
    """Creation, milliseconds UTC."""
    open_timestamp: int | None = None
    """First fill of the entry at the venue, milliseconds UTC."""
    fills: tuple[SignalFill, ...] = ()
    price_limit: float | None = None
    """The limit that the entry was sent with, if it was one."""

    @property
    def is_long(self) -> bool:
        """Tell whether it buys first."""
        return self.position == "long"

    @property
    def held(self) -> Decimal:
        """What is open of it, in base units, never signed."""
        return sum((f.quantity if f.is_entry else -f.quantity for f in self.fills), Decimal(0))

    # The page's sample uses other words than its code.

    @property
    def side(self) -> str:
        """The same as `position`."""
        return self.position

    @property
    def open_price(self) -> float:
        """The same as `price_open`."""
        return self.price_open

    @property
    def take_profit(self) -> float | None:
        """The same as `price_take_profit`."""
        return self.price_take_profit

    @property
    def stop_loss(self) -> float | None:
        """The same as `price_stop_loss`."""
        return self.price_stop_loss


class SignalProfit(Message, frozen=True, gc=False):
    """What a closed signal came to. Prices are those before costs; `net` is the ledger's amount in the quote asset.

    Net and net percentage are None where a fee could not be valued.
    """

    pnl_percentage: float
    price_open: float
    price_close: float
    net: Decimal | None
    net_percentage: float | None


class SignalMoved(Message, frozen=True, gc=False, tag="signal_moved"):
    """A signal has taken a step of its life: scheduled, opened, active (its quantity changed), closed or cancelled."""

    strategy: StrategyId
    instrument: InstrumentId
    action: str
    row: SignalRow
    ts: TimeNs
    """When, by the venue's time, as far as it can be known."""
    price: float
    """The current price: of the fill for opened and closed, else the average price."""
    reason: str = ""
    """Why it was closed or cancelled."""
    profit: SignalProfit | None = None

    @property
    def event_id(self) -> str:
        """The name of this step: the same in every delivery."""
        return f"{self.row.id}:{self.action}"


class SignalRejected(Message, frozen=True, gc=False, tag="signal_rejected"):
    """What a strategy gave was no signal; each violation begins with the rule's name (`V3: …`)."""

    strategy: StrategyId
    instrument: InstrumentId
    violations: tuple[str, ...]
    ts: TimeNs


class SignalAsked(Message, frozen=True, gc=False, tag="signal_asked"):
    """`get_signal` has answered, or a pause began or ended: the slot that is used up must outlive a restart."""

    strategy: StrategyId
    instrument: InstrumentId
    slot: TimeNs
    paused: bool = False


class SignalAlarm(Message, frozen=True, gc=False, tag="signal_alarm"):
    """Something about a signal needs a person: a position that cannot be proved flat, an exit that was refused."""

    strategy: StrategyId
    instrument: InstrumentId
    signal: str
    text: str
    ts: TimeNs


def told(notice: SignalNotice) -> tuple[str, str, str]:
    """Return level, kind and text of a notice, for logs that people read."""
    match notice:
        case SignalMoved():
            net = None if notice.profit is None else notice.profit.net_percentage
            profit = "" if notice.profit is None else ", net n/a" if net is None else f", {net:+.2f} %"
            why = f" ({notice.reason}{profit})" if notice.reason else ""
            return (
                "info",
                "signal_moved",
                f"{notice.row.id}: {notice.row.position} {notice.action} at {notice.price}{why}",
            )
        case SignalRejected():
            return "warning", "signal_rejected", "; ".join(notice.violations)
        case SignalAsked():
            return "debug", "signal_asked", f"slot {notice.slot}{', paused' if notice.paused else ''}"
        case SignalAlarm():
            return "error", "signal_alarm", f"{notice.signal}: {notice.text}"


SignalNotice = SignalMoved | SignalRejected | SignalAsked | SignalAlarm
