"""Monitors a running session: its disk, clock and links, whether its loop turns, and its health.

Every turn is a heartbeat. Once a second the guards are checked; what they find is given to the engine as the events
`Degraded` and `Restored`, so that it is journaled and the risk gate acts on it. The state of the session (`Health`) is
reported to systemd among others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from tradewind.domain.control import Degraded, Restored
from tradewind.domain.events import LinkChanged
from tradewind.domain.time import NS_PER_SECOND
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.health import health_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine
    from tradewind.runtime.guards import Guard, LinkGuard, Trouble
    from tradewind.runtime.health import Health, Signs
    from tradewind.runtime.notify import Notify
    from tradewind.runtime.watchdog import Pulse

LOOK_SECONDS = 1.0
OWN_CAUSES = ("disk", "clock", "link ")
"""How the causes of guards begin; the engine has others of its own."""

log = structlog.get_logger(__name__)


class Supervisor:
    """The guards of one session, and what they have found."""

    def __init__(
        self, guards: Sequence[Guard], links: LinkGuard, pulse: Pulse, notify: Notify, steady_ns: Callable[[], int]
    ) -> None:
        self._guards = (*guards, links)
        self._links = links
        self._pulse = pulse
        self._notify = notify
        self._steady_ns = steady_ns
        self._found: dict[str, Trouble] = {}
        self._due: TimeNs | None = None
        self._told = ""

    def beat(self) -> None:
        """Take the sign of life of a turn."""
        self._pulse.beat()

    def hear(self, steps: Sequence[Step]) -> None:
        """Take note of what a turn says of links."""
        for step in steps:
            if type(step.event) is LinkChanged:
                self._links.hear(step.event)

    def look(self, engine: Engine, status: EngineStatus) -> list[Degraded | Restored]:
        """Ask the guards, if it is time; return what the engine must hear. The words' time is the session's to set."""
        now = self._steady_ns()
        if self._due is not None and now < self._due:
            return []
        words = self._left_over(engine) if self._due is None else []
        self._due = now + int(LOOK_SECONDS * NS_PER_SECOND)
        found = {cause: trouble for guard in self._guards for cause, trouble in guard.look().items()}
        for cause, trouble in found.items():
            before = self._found.get(cause)
            if before is None or before.cancel_only is not trouble.cancel_only:
                log.error("trading is held back", cause=cause, reason=trouble.reason, cancel_only=trouble.cancel_only)
                words.append(Degraded(0, cause, trouble.reason, trouble.cancel_only))
        for cause in self._found.keys() - found.keys():
            log.warning("trading goes on", cause=cause)
            words.append(Restored(0, cause))
        self._found = found
        self._tell(engine, status)
        return words

    def end(self) -> None:
        """Say that the session ends: from here on it may take its time."""
        self._pulse.stop()
        self._notify.send("STOPPING=1", "STATUS=stopping")

    def health(self, engine: Engine, status: EngineStatus, signs: Signs | None = None) -> Health:
        """Return how the session stands, with the reasons."""
        now = self._steady_ns()
        down = {key: (now - since) / NS_PER_SECOND for key, since in list(self._links.down.items())}
        return health_of(engine, status, down, signs)

    @property
    def silent_seconds(self) -> float:
        """For how long the loop has not turned."""
        return self._pulse.silent_seconds

    @property
    def links(self) -> dict[tuple[str, str], bool]:
        """Of each venue and link that was heard of, whether it is up."""
        return dict(self._links.known)

    def _left_over(self, engine: Engine) -> list[Degraded | Restored]:
        """Take back what guards of the session before had found: nobody else would."""
        risk = engine.risk
        causes = sorted({*risk.close_only, *risk.cancel_only})
        return [Restored(0, cause, "a new start") for cause in causes if cause.startswith(OWN_CAUSES)]

    def _tell(self, engine: Engine, status: EngineStatus) -> None:
        """Tell systemd how it stands, and once that it is ready: warmed up, and compared with the venue."""
        health = self.health(engine, status)
        text = f"{health.level.value}, {status.value}"
        if health.reasons:
            text += f": {'; '.join(health.reasons)}"
        ready = status is EngineStatus.RUNNING and engine.risk.is_ready and not engine.risk.warming
        words = [f"STATUS={text}"] + (["READY=1"] if ready else [])
        if text + str(ready) != self._told:
            self._told = text + str(ready)
            self._notify.send(*words)
