"""A standby follows the running session, so that little is left to do when it takes over.

It reads that session's checkpoint and journal, calls no strategy and writes nothing. If it cannot follow, the take-over
reads the whole journal, as any start does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from tradewind.app.session.resume import fresh
from tradewind.domain.errors import TradewindError
from tradewind.domain.market import MarketEvent
from tradewind.domain.money import money_context
from tradewind.record.checkpoint import FOLDER, Checkpoints
from tradewind.record.journal.reader import Follower, read_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.sessions.find import SessionEntry
    from tradewind.runtime.recovery import Following
    from tradewind.venues.sim.settings import MatchOn

FIND_SECONDS = 5.0
"""How often it checks whether another session is the one to resume."""
_MARKET = frozenset(MarketEvent.__args__)

log = structlog.get_logger(__name__)


class SessionFollower:
    """The running session, followed in memory."""

    def __init__(self, find: Callable[[], SessionEntry | None], finest: Callable[[], MatchOn]) -> None:
        self._find = find
        self._finest = finest
        self._home: Path | None = None
        self._following: Following | None = None
        self._follower: Follower | None = None
        self._waiting: list[Step] = []
        """The last steps after which no market event has come yet: they may belong to the next one."""
        self._due = 0.0
        self._told: tuple[object, ...] = ()

    def look(self) -> None:
        """Follow the new steps; a session that cannot be read is logged and raises nothing."""
        try:
            with money_context():
                self._look()
        except (TradewindError, OSError) as error:
            if error.args != self._told:
                self._told = error.args
                log.warning("the running session cannot be followed; it is read when it ends", error=str(error))
            self.let_go()
            self._home = None  # it may only just have begun

    def following(self, entry: SessionEntry) -> Following | None:
        """Return the engine and venue as of the last steps of a session; None if that session was not followed."""
        return self._following if entry.home == self._home else None

    def let_go(self) -> None:
        """Close the journal and forget the session."""
        if self._follower is not None:
            self._follower.close()
        self._follower, self._following = None, None
        self._waiting = []

    def _look(self) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + FIND_SECONDS
            entry = self._find()
            if entry is not None and entry.home != self._home:
                self.let_go()
                self._home = entry.home
                self._begin(entry)
        if self._follower is not None:
            while steps := self._follower.more():
                self._follow(steps)

    def _begin(self, entry: SessionEntry) -> None:
        following = fresh(read_header(entry.journal), self._finest())
        checkpoint = Checkpoints(entry.home / FOLDER).newest([])
        if checkpoint is not None:
            following.stand(checkpoint.engine)
        self._following = following
        self._follower = Follower(entry.journal, following.engine.seq + 1)

    def _follow(self, steps: list[Step]) -> None:
        assert self._following is not None
        self._waiting += steps
        last = max((place for place, step in enumerate(self._waiting) if type(step.event) in _MARKET), default=-1)
        self._following.follow(self._waiting[: last + 1])
        del self._waiting[: last + 1]
