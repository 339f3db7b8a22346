"""The commands that a running session takes: what each needs, and what it says when it is done."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import msgspec

HOUR = 3_600.0
PAUSE_SECONDS_MAX = 24 * HOUR
PATIENCE_SECONDS_MIN = 1.0
"""Who waits for less is told that there was no answer, and has said it all the same."""
Text = Annotated[str, msgspec.Meta(max_length=500)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Patience = Annotated[float, msgspec.Meta(ge=PATIENCE_SECONDS_MIN, le=600)]


class Outcome(enum.Enum):
    """What has become of a command."""

    DONE = "done"
    REFUSED = "refused"
    PARTLY = "partly"
    """Some of it was not seen done in time; what is left is told."""
    UNANSWERED = "unanswered"
    """The engine has not taken it in time."""


class Done(msgspec.Struct, frozen=True, omit_defaults=False):
    """The answer to a command: only what was seen in the journal."""

    command: str
    outcome: Outcome
    seq: int | None = None
    """The journal's number of the step in which the engine took it."""
    told: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What was not done, and why."""
    data: dict[str, Any] = {}
    request: str = ""


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all commands have."""

    operator: Text = ""
    reason: Text = ""
    timeout_seconds: Patience = 10.0


class Pause(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Refuse every intent; the strategies go on being called. It ends by itself."""

    for_seconds: Annotated[float, msgspec.Meta(gt=0, le=PAUSE_SECONDS_MAX)] = 4 * HOUR


class Resume(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Trade again: no pause, halt or close-only; or one strategy, also one that was held after an error."""

    strategy: Name | None = None


class CloseOnly(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let exposure only fall."""


class Halt(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Take no new exposure, now and after a restart, until resumed; with a strategy, that one, and its orders."""

    strategy: Name | None = None
    cancel: Literal["entries", "all", "none"] = "entries"


class CancelAll(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Take orders back: all, or entries alone."""

    which: Literal["all", "entries"] = "all"
    symbol: Name | None = None
    strategy: Name | None = None


class Cancel(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Take one order back."""

    order: Name


class Flatten(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Close at the market what is held; of one symbol, or of one strategy."""

    symbol: Name | None = None
    strategy: Name | None = None


class EmergencyStop(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Halt, take all orders back, close everything, and say when the account is flat."""

    timeout_seconds: Patience = 60.0


class Reconcile(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Compare our books with the venue's now."""

    timeout_seconds: Patience = 30.0


class Decide(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Decide about the differences of a report."""

    report: Name
    timeout_seconds: Patience = 30.0


class Sync(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Compare, with the executions of the last 30 days if it is an emergency."""

    emergency: bool = False
    timeout_seconds: Patience = 60.0


class Breaker(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Trip, reset or drill a breaker; a reset needs a reason, a drill a paper account."""

    breaker: Name


class Answer(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let an entry that waits go, or refuse it; what is let go passes the gate again."""

    order: Name


class SetLimit(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tighten a limit from the next order on; it stays so over a restart."""

    limit: Name
    value: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,18})?$")]


class SwapStrategy(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Put another strategy, or the same with other parameters, in a strategy's place; it holds what that one held."""

    source: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    """What to load, as `control.strategies` or the configuration has it, or an installed name; empty for the same."""
    strategy: Name | None = None
    parameters: dict[str, Any] = {}
    close_positions: bool = False
    timeout_seconds: Patience = 30.0


COMMANDS: dict[str, type[Command]] = {
    "pause": Pause,
    "resume": Resume,
    "close-only": CloseOnly,
    "halt": Halt,
    "cancel-all": CancelAll,
    "cancel": Cancel,
    "flatten": Flatten,
    "emergency-stop": EmergencyStop,
    "reconcile": Reconcile,
    "approve": Decide,
    "reject": Decide,
    "sync": Sync,
    "trip": Breaker,
    "reset": Breaker,
    "drill": Breaker,
    "set": SetLimit,
    "confirm": Answer,
    "decline": Answer,
    "swap-strategy": SwapStrategy,
}
"""The name of each command and what it takes."""
