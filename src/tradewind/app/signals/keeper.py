"""What a live key writes: first the journal, then its readable file; and how both are read at the start."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tradewind.app.signals.history import SignalHistory
from tradewind.app.signals.state import KeptState, StateFile
from tradewind.app.signals.world import encoded
from tradewind.domain.errors import JournalError
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from tradewind.app.signals.database import KeysDatabase
    from tradewind.app.signals.setup import LiveSetup
    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.step import Step
    from tradewind.record.journal.writer import SqliteJournal


class SignalKeeper:
    """Journal and file of one key."""

    def __init__(self, setup: LiveSetup, strategy: str, exchange: str, symbol: str) -> None:
        self.file = StateFile(setup.root, strategy, exchange, symbol)
        folder = setup.journals / encoded(strategy) / encoded(exchange) / encoded(symbol)
        self.history = SignalHistory(folder)
        self.trouble = ""
        """Why what happened cannot be kept; empty if it can."""
        self._setup = setup
        self._journal: SqliteJournal | None = None
        self._world: SignalWorld | None = None
        self._dirty = False
        self._database: KeysDatabase | None = None

    def open(self) -> KeptState:
        """Take the lock and return where to go on: what the journal says, or the file if it knows more."""
        self.file.lock()
        try:
            kept = self._read()
        except BaseException:
            self.file.unlock()
            raise
        self._database = self._setup.database
        if self._database is not None:
            self._database.begin(self._setup.journals)
        return kept

    def _read(self) -> KeptState:
        past = SignalHistory(self.history.folder)
        past.load()
        kept = self.file.read(accept_unsigned=self._setup.accept_unsigned_state)
        self.history = past
        if kept is not None and kept.seq >= past.seq:
            past.seq, past.slot, past.paused = kept.seq, kept.last_slot, kept.paused
            past.done = max(past.done, kept.done)
            return kept
        count = len([moved for moved in past.moves if moved.action == "scheduled"])
        return KeptState(
            row=past.row, seq=past.seq, last_slot=past.slot, paused=past.paused, counted=count, done=past.done
        )

    def begin(self, world: SignalWorld, price: float | None) -> None:
        """Begin the journal of this session; one that broke before it is let go. `price` is that of a restored row."""
        journal = self.history.begin(world, iso(self._setup.clock.now()), price=price, durable=self._setup.durable)
        if self._journal is not None:
            with suppress(JournalError):
                self._journal.close()
        self._world, self._journal, self._dirty, self.trouble = world, journal, True, ""

    @property
    def is_broken(self) -> bool:
        """Whether the journal takes nothing more; only a new session can."""
        return self._journal is not None and self._journal.is_broken

    def reopen(self) -> KeptState:
        """Return where a new session goes on after the journal broke: what is on the disk, nothing else."""
        return self._read()

    def take(self, step: Step) -> None:
        """Take a step; it is kept with the next commit."""
        before = self.history.seq
        self.history.take(step)
        self._dirty = self._dirty or self.history.seq != before
        if self._journal is not None and not self._journal.is_broken:
            try:
                self._journal.append(step)
            except JournalError as error:
                self.trouble = str(error)

    async def keep(self) -> None:
        """Commit beside the loop, so that the disk of one key holds no other up; nobody may `take` meanwhile."""
        if self._setup.durable:
            await asyncio.to_thread(self.commit)
        else:
            self.commit()

    async def deliver(self, event_id: str, *, retry: bool = False) -> None:
        """Note, beside the loop, that a consumer was given a step; if the disk does not take it, with the next.

        With `retry` it is waited for: what must be given once at most is not given before it is noted.
        """
        trouble = await self.history.note_given(event_id, self._setup, retry=retry)
        self.trouble = trouble or self.trouble

    def commit(self) -> None:
        """Make durable what was taken; a failure is kept as `trouble`, and tried again with the next."""
        try:
            if self._journal is not None:
                self._journal.commit()
                if self._database is not None:
                    self._database.committed()
            if self._dirty:
                self.file.write(self.state())
        except (OSError, JournalError) as error:
            self.trouble = f"cannot be kept: {error}"
        else:
            self._dirty, self.trouble = False, ""

    def state(self) -> KeptState:
        """Return what there is to keep now."""
        assert self._world is not None
        setting, key, past = self._world.strategy.setting, self._world.key, self.history
        return KeptState(
            row=past.row,
            seq=past.seq,
            state=key.state.value,
            last_slot=past.slot,
            paused=past.paused,
            counted=setting.counts.get(key.symbol, 0),
            done=past.done,
        )

    def close(self) -> None:
        """Write what is left and let go."""
        try:
            if self._journal is not None:
                self._journal.close()
        except JournalError as error:
            self.trouble = str(error)
        finally:
            self.file.unlock()
            database, self._database = self._database, None
            if database is not None:
                database.end()
