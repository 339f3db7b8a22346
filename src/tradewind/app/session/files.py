"""The files of one run: its folder, its journal and, of a backtest, its tables."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.config import config_hash, resolved
from tradewind.app.strategy_parameters import parameters_of
from tradewind.record.journal.header import SessionHeader, StrategySource
from tradewind.record.journal.writer import NullJournal, SqliteJournal
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.mask import masked_json
from tradewind.runtime.clock import WallClock
from tradewind.runtime.guards import MB
from tradewind.strategy.load_found import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.domain.step import Step
    from tradewind.runtime.lease import Lease

BATCH_STEPS = 1_000


class SessionFiles:
    """The folder and the journal of one session."""

    def __init__(  # noqa: PLR0913 - the facts of a session
        self,
        config: Config,
        given: Input,
        world: World,
        mode: str,
        *,
        lease: Lease | None = None,
        parent: str | None = None,
    ) -> None:
        by_day = mode != "backtest"
        root = Path(config.engine.data_output_path)
        zone = config.engine.timezone
        self.folders = SessionFolders.begin(root, given.trades_from, zone=zone, by_day=by_day)
        header = _header(config, given, world, mode, self.folders.id, by_day=by_day)
        if lease is not None:
            header = msgspec.structs.replace(header, account=lease.account, lease_token=lease.token)
        header = msgspec.structs.replace(header, parent=parent)
        path = self.journal_path = Path(config.journal.path) if config.journal.path else self.folders.journal
        self.journal: SqliteJournal | NullJournal = NullJournal()
        if config.journal.enabled:
            reserve = 0 if mode == "backtest" else int(config.supervision.journal_reserve_mb * MB)
            self.journal = SqliteJournal(path, header, durable=config.journal.durable, reserve_bytes=reserve)
        self.folders.describe(header, path)
        self.header = header

    def end_journal(self) -> None:
        """Commit and close the journal."""
        if isinstance(self.journal, SqliteJournal):
            self.journal.close()

    def leave_journal(self) -> None:
        """Close the journal without committing: nobody has acted on what was not committed."""
        if isinstance(self.journal, SqliteJournal):
            self.journal.abandon()


class BacktestFiles(SessionFiles):
    """The files of a backtest, tables included: pass every step to its `sink`."""

    def __init__(self, config: Config, given: Input, world: World) -> None:
        from tradewind.record.recorder.recorder import SessionRecorder  # with polars, which live sessions do without

        super().__init__(config, given, world, "backtest")
        self.recorder = SessionRecorder(self.folders, self.header, WallClock())
        self._batch: list[Step] = []

    def sink(self, watch: Callable[[Step], None]) -> Callable[[Step], None]:
        """Return the consumer of a backtest's steps: the journal first, then `watch`, the tables in batches."""
        append, batch = self.journal.append, self._batch

        def take(step: Step) -> None:
            append(step)
            batch.append(step)
            watch(step)
            if len(batch) >= BATCH_STEPS:
                self._flush()

        return take

    def close(self) -> Path:
        """Write the rest; return the session's folder."""
        self._flush()
        self.end_journal()
        self.recorder.close()
        return self.folders.home

    def leave(self) -> None:
        """Commit the journal of an interrupted run and release its folder.

        Tables are not written: they may be what failed, and `session rebuild` makes them from the journal.
        """
        try:
            self.end_journal()
        finally:
            self.folders.release()

    def _flush(self) -> None:
        self.journal.commit()
        self.recorder.observe(self._batch)
        self._batch.clear()


def _header(  # noqa: PLR0913 - the facts of a session
    config: Config, given: Input, world: World, mode: str, session_id: str, *, by_day: bool
) -> SessionHeader:
    sources, restored = [], world.start.restored
    swapped = {} if restored is None else {each.strategy: each for each in restored.swaps}
    for entry, (name, (strategy, _)) in zip(config.strategy, world.engine.roster.members.items(), strict=True):
        there = swapped.get(name)
        sources.append(
            StrategySource(
                id=name,
                name=(entry.name if there is None else there.name) or strategy.name or type(strategy).__name__,
                version=strategy.version,
                source=origin_of(strategy).spec,
                sha256=origin_of(strategy).sha256,
                parameters=masked_json(parameters_of(entry)) if there is None else there.parameters,
                guest=origin_of(strategy).guest,
            )
        )
    return SessionHeader(
        session_id=session_id,
        created=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        mode=mode,
        engine=world.engine.settings,
        instruments=given.instruments,
        strategies=tuple(sources),
        code_version=f"tradewind {metadata.version('tradewind')}, Python {platform.python_version()}",
        config=masked_json(resolved(config)),
        config_hash=config_hash(config),
        data=given.described,
        seed=config.engine.seed,
        timezone=config.engine.timezone,
        by_day=by_day,
    )
