"""What a checker of simulated worlds is, and what it says when something is not as it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from tradewind.domain.commands import Effect
    from tradewind.domain.step import Step
    from tradewind.testing.process import Process
    from tradewind.testing.world import World

_encode = msgspec.msgpack.Encoder().encode
_AT_REST = (OrderState.OPEN, OrderState.ASLEEP)
REQUESTS = (SubmitOrder, CancelOrder, AmendOrder, QueryOrder, QueryAccount)


class Violation(BaseException):
    """Something that must never be true is; no code that is watched may catch it."""

    def __init__(self, checker: str, what: str, cause: BaseException | None = None) -> None:
        super().__init__(f"{checker}: {what}")
        self.checker = checker
        self.cause = cause


class Checker:
    """Watches a world; each hook may object."""

    def __init__(self, world: World) -> None:
        self.world = world

    def stepped(self, process: Process, step: Step) -> None:
        """See a step as soon as the engine has taken it."""

    @property
    def watches(self) -> bool:
        """Whether this world can show it anything before its end; else it is told nothing of what happens."""
        return True

    def sent(self, process: Process, effect: Effect) -> None:
        """See an effect leave."""

    def arrived(self, effect: Effect) -> None:
        """See the venue carry out a request."""

    def ended(self) -> None:
        """Look at the world when everything has had the time to come right."""

    def demand(self, *, what: object, that: bool) -> None:
        """Object if something is not so."""
        if not that:
            raise Violation(type(self).__name__, str(what))

    @property
    def last(self) -> Process:
        """The process that lives at the end."""
        return self.world.processes[-1]
