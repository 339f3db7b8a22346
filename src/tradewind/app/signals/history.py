"""What the journals of one key tell: every step of every signal, what was delivered, where to go on."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import JournalError
from tradewind.domain.events import SessionStarted
from tradewind.domain.market import Bar
from tradewind.domain.trade_signal import SignalAsked, SignalMoved
from tradewind.record.journal.header import SessionHeader, StrategySource
from tradewind.record.journal.reader import read
from tradewind.record.journal.writer import SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.signals.setup import LiveSetup
    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.step import Step
    from tradewind.domain.trade_signal import SignalRow


def is_unbegun(error: JournalError) -> bool:
    """Tell whether a journal cannot be read because nothing was ever committed to it, not even its header."""
    return "format" in error.context and error.context["format"] is None


RETRY_SECONDS = 1.0
LIVING = ("scheduled", "opened", "active")
GIVEN = ("opened", "closed")
"""What consumers are given."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a session of a key began with, besides what earlier journals tell of ids."""

    counted: int = 0
    slot: int = -1
    paused: bool = False
    price: float | None = None
    """The price that a restored row was taken up at; None if there was none."""


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
        self._owed: list[str] = []
        """What was given to a consumer and could not be noted yet."""

    def load(self) -> None:
        """Read all journals; one that was never begun, as its program ended first, holds nothing."""
        for path in self.journals():
            try:
                for step in read(path):
                    self.take(step)
            except JournalError as error:
                if not is_unbegun(error):
                    raise

    def take(self, step: Step) -> bool:
        """Take a step; tell whether it moved something that is kept."""
        if type(step.event) is Bar:
            self.done = max(self.done, step.event.ts_venue)
        elif type(step.event) is SessionStarted:
            self.done = max(self.done, step.event.ts_recv)
        moved = False
        for notice in step.notices:
            if isinstance(notice, SignalMoved):
                self.moves.append(notice)
                self.seq += 1
                moved = True
            elif isinstance(notice, SignalAsked):
                self.slot, self.paused = notice.slot, notice.paused
                self.seq += 1
        return moved

    def journals(self) -> list[Path]:
        """Return the journals, oldest first."""
        return sorted(self.folder.glob("*.db"))

    @property
    def count(self) -> int:
        """The number of the last session, also of one that was never begun."""
        return max((int(path.stem) for path in self.journals()), default=0)

    def begin(self, world: SignalWorld, created: str, *, price: float | None, durable: bool) -> SqliteJournal:
        """Begin the journal of a new session; its header says with which slots, ids and pauses, and at which price."""
        self.folder.mkdir(parents=True, exist_ok=True)
        count = self.count + 1
        definition, setting, symbol = world.strategy.definition, world.strategy.setting, world.symbol
        begun = Begun(
            counted=setting.counts.get(symbol, 0), slot=setting.slots.get(symbol, -1),
            paused=symbol in setting.paused, price=price,
        )  # fmt: skip
        header = SessionHeader(
            session_id=f"{world.name}-{count}", created=created, mode="paper", engine=world.engine.settings,
            instruments=tuple(world.engine.portfolio.instruments.values()),
            strategies=(
                StrategySource(
                    id=world.name, name=definition.strategy_name, parameters=msgspec.json.encode(begun).decode()
                ),
            ),
        )  # fmt: skip
        path = self.folder / f"{count:06d}.db"
        try:
            return SqliteJournal(path, header, durable=durable)
        except JournalError:
            for left in self.folder.glob(f"{path.name}*"):  # nothing was ever committed to it
                left.unlink()
            raise

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
        return [m for m in self.moves if m.action in GIVEN and m.event_id not in done]

    async def note_given(self, event_id: str, setup: LiveSetup, *, retry: bool = False) -> str:
        """Note, beside the loop, that a consumer was given a step; if the disk does not take it, with the next.

        With `retry` it is waited for: what must be given once at most is not given before it is noted. Return why it
        could not be, empty if it could.
        """
        while True:
            try:
                if setup.durable:
                    await asyncio.to_thread(self.deliver, event_id)
                else:
                    self.deliver(event_id)
            except OSError as error:
                if not retry:
                    return f"cannot be kept: {error}"
                await setup.clock.sleep(RETRY_SECONDS)
            else:
                return ""

    def deliver(self, event_id: str) -> None:
        """Note that a consumer was given a step; on `OSError` it is noted with the next."""
        self._owed.append(event_id)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._delivered.open("a", encoding="utf-8") as file:
            file.write("".join(f"{event_id}\n" for event_id in self._owed))
            file.flush()
            os.fsync(file.fileno())
        self._owed.clear()
