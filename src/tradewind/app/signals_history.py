"""What the journals of one key tell: every step of every signal, what was delivered, where to go on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tradewind.domain.market import Bar
from tradewind.domain.trade_signal import SignalAsked, SignalMoved
from tradewind.record.journal import SqliteJournal
from tradewind.record.journal_header import SessionHeader, StrategySource
from tradewind.record.journal_read import read

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.signals_world import SignalWorld
    from tradewind.domain.step import Step
    from tradewind.domain.trade_signal import SignalRow

LIVING = ("scheduled", "opened", "active")


class SignalHistory:
    """The journals of one key, one a session, and the log of what consumers were given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moves: list[SignalMoved] = []
        self.seq = 0
        self.slot = -1
        self.paused = False
        self.done = 0
        self._delivered = folder / "delivered.log"

    def load(self) -> None:
        """Read all journals."""
        for path in self.journals():
            for step in read(path):
                self.take(step)

    def take(self, step: Step) -> bool:
        """Take a step; tell whether it moved something that is kept."""
        if type(step.event) is Bar:
            self.done = max(self.done, step.event.ts_venue)
        moved = False
        for notice in step.notices:
            if isinstance(notice, SignalMoved):
                self.moves.append(notice)
                self.seq += 1
                moved = True
            elif isinstance(notice, SignalAsked):
                self.slot, self.paused = max(self.slot, notice.slot), notice.paused
                self.seq += 1
        return moved

    def journals(self) -> list[Path]:
        """Return the journals, oldest first."""
        return sorted(self.folder.glob("*.db"))

    def begin(self, world: SignalWorld, created: str, *, durable: bool) -> SqliteJournal:
        """Begin the journal of a new session."""
        self.folder.mkdir(parents=True, exist_ok=True)
        count = len(self.journals()) + 1
        definition = world.strategy.definition
        header = SessionHeader(
            session_id=f"{world.name}-{count}", created=created, mode="paper", engine=world.engine.settings,
            instruments=tuple(world.engine.portfolio.instruments.values()),
            strategies=(StrategySource(id=world.name, name=definition.strategy_name),),
        )  # fmt: skip
        return SqliteJournal(self.folder / f"{count:06d}.db", header, durable=durable)

    @property
    def row(self) -> SignalRow | None:
        """The row that was on at the end; None if none was."""
        last = self.moves[-1] if self.moves else None
        return last.row if last is not None and last.action in LIVING else None

    @property
    def used(self) -> set[str]:
        """All ids that were used."""
        return {moved.row.id for moved in self.moves}

    def undelivered(self) -> list[SignalMoved]:
        """Return the opened and closed steps that no consumer was given."""
        try:
            done = set(self._delivered.read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            done = set()
        return [m for m in self.moves if m.action in ("opened", "closed") and m.event_id not in done]

    def deliver(self, event_id: str) -> None:
        """Note that a consumer was given a step."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._delivered.open("a", encoding="utf-8") as file:
            file.write(event_id + "\n")
            file.flush()
            os.fsync(file.fileno())
