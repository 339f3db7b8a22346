"""What goes wrong with a guest: which one, in which call, at which bar, why. The tree is drawn in `domain/errors.py`.

`GuestLoadError` ends a load, `GuestFault` ends one call. A `CallRefused` is the host's own no to a call of the
guest; it reaches the caller of the export as the cause of a `GuestRefused`.
"""

from __future__ import annotations

from typing import Any

from tradewind.domain.errors import StrategyError, StrategyExecutionError, StrategyLoadError
from tradewind.domain.time import iso


class GuestError(StrategyError):
    """Something about a guest; `context` has `strategy`, `call` and `bar` once they are known."""

    def __init__(self, message: str, *, cause: BaseException | None = None, **context: Any) -> None:  # noqa: ANN401
        super().__init__(message, context, cause)

    def placed(self, strategy: str, call: str, ts: int = 0) -> GuestError:
        """Say which guest, which call and which bar it was about; the first word stays."""
        for key, value in (("strategy", strategy), ("call", call), ("bar", iso(ts) if ts else "")):
            if value:
                self.context.setdefault(key, value)
        return self

    def __str__(self) -> str:
        where = [self.context.get(key, "") for key in ("strategy", "call")]
        bar = self.context.get("bar", "")
        place = " in ".join(part for part in where if part) + (f" at {bar}" if bar else "")
        return f"{place}: {self.message}" if place else self.message


class GuestLoadError(GuestError, StrategyLoadError):
    """The module cannot be loaded."""


class GuestModuleInvalid(GuestLoadError):
    """These bytes are no module that can run here."""


class GuestExportMissing(GuestLoadError):
    """The module lacks an export of the contract."""


class GuestExportType(GuestLoadError):
    """An export has another type than the contract says."""


class GuestImportUnknown(GuestLoadError):
    """The module wants a function that is not part of the contract."""


class GuestImportType(GuestLoadError):
    """An import has another type than the contract says."""


class GuestApiVersion(GuestLoadError):
    """The guest speaks another version of the interface."""


class GuestVersionMismatch(GuestLoadError):
    """The guest was built for another engine."""


class GuestInitFailed(GuestLoadError):
    """The guest said no to its configuration, or has no name."""


class GuestFault(GuestError, StrategyExecutionError):
    """A call of the guest went wrong."""


class GuestReturnedError(GuestFault):
    """The guest answered with an error of its own; the text may be empty."""


class GuestRefused(GuestFault):
    """The host refused a call that the guest made; the `CallRefused` is the cause."""


class GuestTrap(GuestFault):
    """The guest did what no guest may: `unreachable`, out of bounds, a stack without end."""

    def __init__(self, message: str, *, kind: str = "", backtrace: str = "", **context: Any) -> None:  # noqa: ANN401
        super().__init__(message, kind=kind, **context)
        self.kind = kind
        self.backtrace = backtrace


class GuestExited(GuestFault):
    """The guest ended itself, with this code."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(f"exited with {code}" + (f": {text}" if text else ""), code=code)
        self.code = code


class GuestTimeout(GuestFault):
    """The guest was not done in time."""


class GuestMemoryLimit(GuestFault):
    """The guest wanted more memory than it may have."""


class GuestBadPointer(GuestFault):
    """The guest named a place outside its memory."""


class GuestBadMessage(GuestFault):
    """The guest sent what is no message of the contract."""


class GuestQuarantined(GuestFault):
    """The guest failed too often, or in a way that ends it; it is called no more."""

    halts = True


class CallRefused(StrategyError):
    """The host says no to a call of the guest; that ends the bar, and the guest goes on with the next."""


class InsufficientHistory(CallRefused):
    """There are not enough bars yet."""


class DataNotFound(CallRefused):
    """There is no bar yet."""


class UnsupportedIndicator(CallRefused):
    """There is no such indicator here."""


class InvalidIndicatorConfig(CallRefused):
    """The parameters do not fit the indicator."""


class OrderNotFound(CallRefused):
    """There is no order of this id or alias."""


class UnsupportedCall(CallRefused):
    """This installation does not answer the call."""


class SqlError(CallRefused):
    """The query cannot be run."""


class NotNow(CallRefused):
    """The call is not served at this point of a guest's life."""


class NoSession(NotNow):
    """The call needs a session, and there is none yet: Initialize is only tried."""


class HostBug(StrategyExecutionError):
    """A function of the host failed by itself; not the guest's fault."""
