"""What a live key writes: first the journal, then its readable file; and how both are read at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.app.signals_history import SignalHistory
from tradewind.app.signals_state import KeptState, StateFile
from tradewind.app.signals_world import encoded
from tradewind.domain.errors import JournalError
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from tradewind.app.signals_setup import LiveSetup
    from tradewind.app.signals_world import SignalWorld
    from tradewind.domain.step import Step
    from tradewind.record.journal import SqliteJournal


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

    def open(self) -> KeptState:
        """Take the lock and return where to go on: what the journal says, or the file if it knows more."""
        self.file.lock()
        try:
            self.history.load()
            kept = self.file.read(accept_unsigned=self._setup.accept_unsigned_state)
        except BaseException:
            self.file.unlock()
            raise
        past = self.history
        if kept is not None and kept.seq >= past.seq:
            past.seq, past.slot, past.paused = kept.seq, kept.last_slot, kept.paused
            past.done = max(past.done, kept.done)
            return kept
        count = len([moved for moved in past.moves if moved.action == "scheduled"])
        return KeptState(
            row=past.row, seq=past.seq, last_slot=past.slot, paused=past.paused, counted=count, done=past.done
        )

    def begin(self, world: SignalWorld) -> None:
        """Begin the journal of this session."""
        self._world = world
        self._journal, self._dirty = (
            self.history.begin(world, iso(self._setup.clock.now()), durable=self._setup.durable),
            True,
        )

    def take(self, step: Step) -> None:
        """Take a step; if a signal moved, it is on the disk before anything follows from it."""
        before = self.history.seq
        self.history.take(step)
        if self._journal is not None:
            try:
                self._journal.append(step)
            except JournalError as error:
                self.trouble = str(error)
        if self.history.seq != before:
            self._dirty = True
            self.commit()

    def commit(self) -> None:
        """Make durable what was taken; a failure is kept as `trouble`, and tried again with the next."""
        try:
            if self._journal is not None:
                self._journal.commit()
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
