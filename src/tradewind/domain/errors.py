"""The one tree of errors. A refusal is a value, a bug is an assertion; what stands here is what goes wrong outside.

TradewindError
├── VenueError                     the other side of a wire
│   ├── VenueUnavailable           retry, with backoff
│   │   └── VenueMaintenance       retry, later
│   ├── VenueTimeout               `left`: if the request left, the outcome is unknown; look it up
│   ├── RateLimited                wait `retry_after_ns`
│   ├── VenueAuthError             stop, tell the operator
│   ├── VenueProtocolError         they broke the protocol; `payload` shows how
│   └── VenueRefused               don't repeat
│       └── WireError              what our own exchange answers, in a real venue's codes and texts
│           ├── BadGateway
│           └── NoReply
├── DataError                      market data that is not there or not right
│   ├── DataNotFoundError
│   ├── DataValidationError
│   └── LookaheadError             somebody asked for the future
├── OrderError                     a call from user code about an order
│   ├── OrderNotFoundError
│   └── InvalidOrderError          names the parameter and its value
├── StrategyError
│   ├── StrategyLoadError          the file, the name or the parameters are wrong
│   │   └── StrategyParameterError  every mistake of a strategy's parameters, at once
│   ├── StrategyInitializationError  it does in its set-up what belongs later
│   ├── StrategyExecutionError     the strategy raised
│   │   ├── HostBug                a function of the host of guests failed by itself
│   │   └── GuestFault             (and a GuestError) a call of a guest went wrong
│   │       ├── GuestReturnedError  an error of the guest's own
│   │       ├── GuestRefused       the host refused what the guest asked for; see the cause
│   │       ├── GuestTrap          unreachable, out of bounds, a stack without end
│   │       ├── GuestExited
│   │       ├── GuestTimeout
│   │       ├── GuestMemoryLimit
│   │       ├── GuestBadPointer
│   │       ├── GuestBadMessage
│   │       └── GuestQuarantined   failed too often, and is called no more
│   ├── GuestError                 which guest, in which call, at which bar (strategy/wasm/errors.py)
│   │   └── GuestLoadError         (and a StrategyLoadError) the module cannot be loaded
│   │       ├── GuestModuleInvalid
│   │       ├── GuestExportMissing
│   │       ├── GuestExportType
│   │       ├── GuestImportUnknown
│   │       ├── GuestImportType
│   │       ├── GuestApiVersion
│   │       ├── GuestVersionMismatch
│   │       └── GuestInitFailed
│   └── CallRefused                the host's no to a call of a guest
│       ├── InsufficientHistory
│       ├── DataNotFound
│       ├── UnsupportedIndicator
│       ├── InvalidIndicatorConfig
│       ├── OrderNotFound
│       ├── UnsupportedCall
│       ├── SqlError
│       └── NotNow
│           └── NoSession
├── ConfigError                    every mistake of a configuration, at once
├── EngineSetupError               an engine is not put together, or has run; each names what to call
│   ├── NotInitialized
│   ├── NoSymbols
│   ├── NoInterval
│   ├── NoStrategy
│   ├── NoMarketData
│   └── NoTrading
├── ControlError                   the hand on the switch of a session
│   ├── NoEngine                   no session runs there, or it does not answer
│   ├── EngineUnanswered           the engine has not taken a word in time
│   ├── CallRejected               a call of the control API that is not let in, or makes no sense
│   └── AccountHalted              an emergency stop has left a flag; `tradewind control lift` takes it down
├── SignalError                    signal strategies; see docs/signals.md
│   ├── DuplicateName
│   ├── UnknownName
│   ├── AlreadyRunning
│   ├── NoContext
│   ├── NoPrice
│   ├── InvalidSignal              `violations` has a line each
│   └── StateMismatch
├── StateError
│   ├── JournalError               damaged, newer than this program, or not writable
│   ├── StateRestoreError          it is not known where a session stood
│   ├── CheckpointCorrupted
│   ├── ReplayMismatch             a journal does not come out the same again
│   ├── LeaseHeld                  another process acts for the account; the message says which
│   ├── LeaseLost                  this process may act for the account no more, and sends nothing
│   ├── LeaseUnreachable           where leases are kept does not answer; try again until the deadline
│   └── UnlistedTransition         a lifecycle has no row for this message
├── DatabaseError                  the operational database: away, locked, of another revision; trading goes on
└── LocalError                     this machine: full disk, wrong permission, a full queue
    └── QueueFull
"""

from __future__ import annotations

from typing import Any


class TradewindError(Exception):
    """Say what went wrong, with the facts in `context` and what lies behind it in `cause`."""

    def __init__(self, message: str, context: dict[str, Any] | None = None, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.context = dict(context or {})
        self.__cause__ = cause

    def to_log_fields(self) -> dict[str, Any]:
        """Return the error as flat fields for a structured log."""
        return {"error": type(self).__name__, "message": self.message, **self.context}


class VenueError(TradewindError):
    """Something at the other side of a wire."""


class VenueUnavailable(VenueError):
    """The venue cannot be reached; retry with backoff."""


class VenueMaintenance(VenueUnavailable):
    """The venue says that it is closed for now."""


class VenueTimeout(VenueError):
    """No answer in time; with `left` the request had left and its outcome is unknown."""

    def __init__(self, message: str, *, left: bool, context: dict[str, Any] | None = None) -> None:
        super().__init__(message, {**(context or {}), "left": left})
        self.left = left


class RateLimited(VenueError):
    """Too many requests; wait `retry_after_ns`."""

    def __init__(self, message: str, *, retry_after_ns: int, context: dict[str, Any] | None = None) -> None:
        super().__init__(message, {**(context or {}), "retry_after_ns": retry_after_ns})
        self.retry_after_ns = retry_after_ns


class VenueAuthError(VenueError):
    """The venue does not accept who we are."""


class VenueProtocolError(VenueError):
    """The venue sent what its own documents do not allow."""


class VenueRefused(VenueError):
    """The venue refused, with a reason; do not repeat."""


class DataError(TradewindError):
    """Market data that is not there or not right."""


class DataNotFoundError(DataError):
    """There is no such series, file or range."""


class DataValidationError(DataError):
    """The data break a rule: order of time, prices, columns."""


class LookaheadError(DataError):
    """Somebody asked for what had not happened yet."""


class OrderError(TradewindError):
    """A call about an order that cannot be done."""


class OrderNotFoundError(OrderError):
    """There is no order of this id."""


class InvalidOrderError(OrderError):
    """The order contradicts itself, or the instrument cannot do it."""


class StrategyError(TradewindError):
    """Something about a strategy."""


class StrategyLoadError(StrategyError):
    """The strategy cannot be loaded or its parameters are wrong."""


class StrategyParameterError(StrategyLoadError):
    """Every mistake of a strategy's parameters at once.

    `found` has a place (keys and indices from the top of the parameters) and a problem each; `mistakes` has a line
    each, once somebody knows where the parameters were written.
    """

    def __init__(
        self, message: str, found: tuple[tuple[tuple[str | int, ...], str], ...], mistakes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message if not mistakes else "\n".join((message, *mistakes)))
        self.found = found
        self.mistakes = mistakes


class StrategyInitializationError(StrategyError):
    """The strategy does in its set-up what belongs later."""


class StrategyExecutionError(StrategyError):
    """The strategy raised."""

    halts = False
    """Whether the strategy is held after it, whatever the session says of strategies that raise."""
    place = ""
    """Where it was raised, if not in a file of Python: the module of a guest."""


class ConfigError(TradewindError):
    """Every mistake of a configuration at once; `mistakes` has a line each."""

    def __init__(self, message: str, mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message if not mistakes else "\n".join((message, *mistakes)))
        self.mistakes = mistakes


class StateError(TradewindError):
    """What is kept on disk or in a table of states does not allow this."""


class JournalError(StateError):
    """A journal is damaged, newer than this program, or cannot be written."""


class StateRestoreError(StateError):
    """A session cannot be taken up again as it stood; it is never begun from nothing instead."""


class CheckpointCorrupted(StateError):
    """A checkpoint is not as it was written."""


class ReplayMismatch(StateError):
    """A step came out otherwise than its journal says; `context` names the first one."""


class LeaseHeld(StateError):
    """Another process acts for the account; with `certain` it is known to live, else it may have died."""

    def __init__(self, message: str, *, certain: bool, context: dict[str, Any] | None = None) -> None:
        super().__init__(message, context)
        self.certain = certain


class LeaseLost(StateError):
    """This process may act for the account no more: not one order leaves it."""


class LeaseUnreachable(StateError):
    """Where leases are kept does not answer; nothing is known of the lease."""


class UnlistedTransition(StateError):
    """The table of a lifecycle has no row for this message; nothing changed."""


class EngineSetupError(TradewindError):
    """An engine is asked for what it is not, or no longer, ready for."""


class NotInitialized(EngineSetupError):
    """The engine has no configuration."""


class NoSymbols(EngineSetupError):
    """The configuration names nothing to trade."""


class NoInterval(EngineSetupError):
    """The configuration names no interval of bars."""


class NoStrategy(EngineSetupError):
    """Nobody decides."""


class NoMarketData(EngineSetupError):
    """No market data come in."""


class NoTrading(EngineSetupError):
    """Orders have nowhere to go."""


class ControlError(TradewindError):
    """The hand on the switch of a session."""


class NoEngine(ControlError):
    """No session runs there, or it does not answer."""


class EngineUnanswered(ControlError):
    """The engine has not taken a word in time; it may take it yet."""


class CallRejected(ControlError):
    """A call of the control API that is not let in, or makes no sense; `status` is that of HTTP."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message, {"status": status})
        self.status = status


class AccountHalted(ControlError):
    """An emergency stop has left a flag that keeps every engine from trading the account until it is lifted."""


class SignalError(TradewindError):
    """Something about a signal strategy and what surrounds it."""


class DuplicateName(SignalError):
    """A strategy, exchange or frame of this name is there; say `replace=True` to put another in its place."""


class UnknownName(SignalError):
    """There is no strategy, exchange or frame of this name; the message lists the known ones."""


class AlreadyRunning(SignalError):
    """This strategy runs on this exchange and symbol, here or in another process."""


class NoContext(SignalError):
    """A function that knows symbol and time by itself was called outside of `get_signal` and callbacks."""


class NoPrice(SignalError):
    """There are no candles of the last minutes to take an average price of."""


class InvalidSignal(SignalError):
    """What a strategy gave was no signal."""

    def __init__(self, message: str, violations: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join((message, *violations)))
        self.violations = violations


class StateMismatch(SignalError):
    """A file of kept state belongs to another strategy or exchange; it is neither used nor overwritten."""


class DatabaseError(TradewindError):
    """The operational database cannot be reached, is locked, or has other tables than this program; it can wait."""


class LocalError(TradewindError):
    """This machine: a full disk, a missing permission."""


class QueueFull(LocalError):
    """A bounded queue of messages that must not be dropped is full."""
