"""One live session, from a configuration to its end; today always with simulated orders, here or in another process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.app.afterwards import look_back
from tradewind.app.bootstrap import input_of, world_of
from tradewind.app.config.trading import ExchangeData, PaperTrading
from tradewind.app.database import address_of, writers_of
from tradewind.app.going_on import check, chosen, fresh, recovered
from tradewind.app.keeping import Keeper
from tradewind.app.lease import lease_of, take
from tradewind.app.strategy_parameters import strategies_of
from tradewind.app.supervision import supervision_of
from tradewind.app.warm import Warm
from tradewind.domain.errors import ConfigError, LeaseLost, TradewindError
from tradewind.domain.money import money_context
from tradewind.record.checkpoint import FOLDER, Checkpoint, Checkpoints
from tradewind.record.journal.seal import seal
from tradewind.record.recorder.day_files import STATS_FILE
from tradewind.record.sessions.folders import read_session
from tradewind.record.sessions.lineage import is_over
from tradewind.record.sessions.rebuild import rebuild
from tradewind.record.stats.live import from_yaml
from tradewind.runtime.checkpointer import Checkpointer
from tradewind.runtime.clock import WallClock
from tradewind.runtime.followers.recorder_process import RecorderProcess
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.outbox import Outbox
from tradewind.runtime.recovery import Packing, recover
from tradewind.venues.exchange.venue import ExchangeVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.app.going_on import GoingOn
    from tradewind.app.standby import Standby
    from tradewind.app.supervision import Supervision
    from tradewind.domain.ids import StrategyId
    from tradewind.ports import Observer
    from tradewind.record.stats.live import LiveTradeStats
    from tradewind.runtime.callbacks import Callbacks
    from tradewind.runtime.lease import Lease, LeaseKeeper
    from tradewind.runtime.observers import Watcher
    from tradewind.runtime.supervisor import Supervisor
    from tradewind.strategy.base import Strategy

MODE = "paper"

log = structlog.get_logger(__name__)


@dataclass
class LiveRun:
    """A session that is put together and has not begun."""

    config: Config
    session: LiveSession
    world: World
    given: Input
    keeper: Keeper
    recorder: RecorderProcess
    lease: LeaseKeeper
    supervision: Supervision
    before: GoingOn | None = None
    """The session that this one goes on from."""

    async def run(self) -> Path:
        """Run to the end; return the session's folder. Raises what ended the session, if it did not end in order."""
        try:
            self.supervision.watchdog.start()
            await self._run_and_end_journal()
            self._mend()
        finally:
            self.supervision.end()
            self.lease.end()
        look_back(self.world.engine)
        return self.keeper.folders.home

    async def _run_and_end_journal(self) -> None:
        try:
            await self.session.run(self.world.start, self.given.warmup())
        except BaseException as error:
            # What was not committed nobody has acted on, and it may be half of what an event brings.
            self.keeper.leave_journal()
            if not isinstance(error, LeaseLost):  # then another may have gone on from here
                self._keep_state()
            raise
        self.keeper.end_journal()

    def _keep_state(self) -> None:
        """Write a checkpoint after a fault, by the journal: nobody knows how far the engine came in its last turn."""
        files = checkpoints_of(self.keeper.folders.home, self.config)
        try:
            header, finest = self.keeper.header, self.given.finest
            found = recover(self.keeper.journal_path, files, lambda: fresh(header, finest))
            state = found.state
            if not state.seq:
                return  # it had not begun
            files.write(
                Checkpoint(session=header.session_id, seq=state.seq, ts=state.ts, saved_at=time.time_ns(), engine=state)
            )
        except (TradewindError, OSError, AssertionError) as error:
            log.warning("no checkpoint after the fault; the journal has everything", error=str(error))

    def _mend(self) -> None:
        """Make the session's files again if their recorder missed something: the journal has everything."""
        for trouble in self.troubles:
            log.warning("an observer did not see all of the session", what=trouble)
        if self.recorder.missed:
            log.warning("session files are made again from the journal")
            rebuild(self.keeper.journal_path, self.keeper.folders.home)

    @property
    def stats(self) -> LiveTradeStats:
        """How the session ended."""
        if self.recorder.stats is not None:
            return self.recorder.stats
        home = self.keeper.folders.home
        day, run = max(read_session(home)["days"].items())
        return from_yaml((home.parent.parent / day / run / STATS_FILE).read_text(encoding="utf-8"))

    @property
    def troubles(self) -> list[str]:
        """What of the session is not in its files, or cannot be."""
        return [*self.session.troubles, *self.recorder.notes]

    @property
    def held(self) -> list[str]:
        """The strategies that raised and were held."""
        return sorted(self.world.engine.roster.held)

    @property
    def left_open(self) -> int:
        """How many orders were still open when the session ended."""
        return sum(1 for _ in self.world.engine.orders.open())


def prepare(  # noqa: PLR0913 - what a session is made from
    config: Config,
    catalog_root: Path,
    *,
    callbacks: Callbacks | None = None,
    strategies: Mapping[StrategyId, Strategy] | None = None,
    given: Input | None = None,
    observers: Sequence[Observer] = (),
    on_stats: Callable[[LiveTradeStats], None] | None = None,
    handle_signals: bool = True,
    standby: Standby | None = None,
    resume: str = "",
) -> LiveRun:
    """Put a live session together: lease, where to go on from, folder, journal, engine, simulated venue, market data.

    `strategies` and `given` take the place of what the configuration says about them; `resume` names the session to go
    on from. Raises `LeaseHeld` if another engine trades the account, unless a `standby` waits for it, and
    `StateRestoreError` if it cannot be known where the account stands.
    """
    if not config.journal.enabled:
        raise ConfigError("journal.enabled: a live session cannot do without its journal")
    if isinstance(config.trading, PaperTrading) and config.trading.config.fill.model != "next":
        raise ConfigError("trading.config.fill.model: current_bar_mid looks ahead, so it is for backtests alone")
    database = address_of(config)

    if given is None and not isinstance(config.market_data, ExchangeData):
        given = input_of(config, catalog_root, time.time_ns(), live=True)  # mistakes in it leave nothing behind

    def found() -> Input:
        return input_of(config, catalog_root, time.time_ns(), live=True) if given is None else given

    with money_context():
        loaded = strategies_of(config) if strategies is None else dict(strategies)
    warm = Warm(lambda: chosen(config, loaded, MODE, resume), lambda: found().finest)
    wanted = lease_of(config, loaded)
    lease = take(wanted) if standby is None else standby.take(wanted, warm)
    try:
        given = found()  # with the lease in hand: what a venue says of the account is ours from here on
        before = _before(config, loaded, given, resume, warm=warm, token=wanted.token)
        if before is not None:
            given = given.go_on(before.stopping_place(config))
        with money_context():
            restored = None if before is None else before.state
            world = world_of(config, given, loaded, recording=True, restored=restored, token=wanted.token)
        parent = None if before is None else before.entry.name
        keeper = Keeper(config, given, world, MODE, lease=lease.lease, parent=parent)
        recorder = RecorderProcess(keeper.folders, keeper.journal_path, on_stats=on_stats)
        supervision = supervision_of(config, keeper)
        lease.lives = lambda: supervision.watchdog.turns
        session = _session(
            config, given, world, keeper,
            fence=lease.lease, supervisor=supervision.supervisor, observers=observers, callbacks=callbacks,
            watchers=[recorder, *writers_of(config, database, keeper.journal_path)],
            handle_signals=handle_signals,
        )  # fmt: skip
    except BaseException:
        lease.end()
        raise
    return LiveRun(config, session, world, given, keeper, recorder, lease, supervision, before)


def _before(  # noqa: PLR0913 - what it looks by
    config: Config, strategies: Iterable[StrategyId], given: Input, resume: str, *, warm: Warm, token: int
) -> GoingOn | None:
    """Find out what the session goes on from, and say it; None if it begins anew. From here on that one has ended."""
    entry = chosen(config, strategies, MODE, resume)
    if entry is None:
        return None
    if not is_over(entry) and not seal(entry.journal, f"token {token}"):
        log.warning("the engine before stands still in a commit: that one turn is left out", session=entry.name)
    before = recovered(entry, given.finest, warm.following(entry))
    warm.let_go()
    check(before, given)
    for note in before.recovered.notes:
        log.warning(note)
    log.info(before.told(), checkpoint=before.recovered.checkpoint, steps_followed=before.recovered.followed)
    return before


def _session(  # noqa: PLR0913 - what a session is made from
    config: Config,
    given: Input,
    world: World,
    keeper: Keeper,
    *,
    fence: Lease,
    supervisor: Supervisor,
    watchers: Sequence[Watcher],
    observers: Sequence[Observer],
    callbacks: Callbacks | None,
    handle_signals: bool,
) -> LiveSession:
    source, clock = given.source()
    link = source if isinstance(source, ExchangeVenue) else None
    if link is not None:
        link.token = fence.token
    account = None if given.account is None else link
    return LiveSession(
        world.engine,
        world.timeline,
        source=source,
        venue=world.venue,
        outbox=None if account is None else Outbox(account, fence=fence),
        account=account,
        pace=link,
        clock=clock,
        journal=keeper.journal,
        observers=observers,
        watchers=watchers,
        callbacks=callbacks,
        history=given.history,
        fence=fence,
        supervisor=supervisor,
        checkpoints=_checkpointer(config, world, keeper),
        settings=LiveSettings(
            venue=world.start.venue,
            stop=world.stop,
            settle_ns=world.settle_ns,
            handle_signals=handle_signals,
            data_path=str(keeper.folders.home),
            symbols=tuple(config.engine.symbols),
            interval=config.engine.interval,
        ),
    )


def _checkpointer(config: Config, world: World, keeper: Keeper) -> Checkpointer:
    engine, venue, pack = world.engine, world.venue, Packing()
    return Checkpointer(
        checkpoints_of(keeper.folders.home, config),
        keeper.header.session_id,
        state=lambda: msgspec.structs.replace(engine.state(), venue=None if venue is None else pack(venue.state())),
        equity=engine.view.equity,
        clock=WallClock(),
        interval_seconds=config.engine.checkpoint_interval_seconds,
    )


def checkpoints_of(home: Path, config: Config) -> Checkpoints:
    """Return the checkpoints of a session."""
    return Checkpoints(home / FOLDER, kept=config.recovery.checkpoints_kept)
