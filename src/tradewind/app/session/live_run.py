"""One live session, from its configuration to its end: on paper, at an exchange in another process, or at a venue."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.app import risk_limits
from tradewind.app.bootstrap import input_of, owned_apart, world_of
from tradewind.app.breaker_rules import check_for_real_money
from tradewind.app.config.binance import BinanceData, BinanceTrading, wrong_prices
from tradewind.app.config.trading import ExchangeData, PaperTrading
from tradewind.app.control.server import Control
from tradewind.app.safety import Mode
from tradewind.app.session.after_run import call_after_run
from tradewind.app.session.alerts import alerts_of, channels_of, greet, signs_of, title_of
from tradewind.app.session.alerts import check_for_real_money as check_alerts
from tradewind.app.session.carried import carried
from tradewind.app.session.database import address_of, writers_of
from tradewind.app.session.files import SessionFiles
from tradewind.app.session.following import SessionFollower
from tradewind.app.session.lease import lease_of, take
from tradewind.app.session.resume import check, chosen, fresh, recovered
from tradewind.app.session.supervision import supervision_of
from tradewind.app.session.swapped import go_on_with
from tradewind.app.strategy_parameters import strategies_of
from tradewind.domain.errors import ConfigError, LeaseLost, TradewindError
from tradewind.domain.money import money_context
from tradewind.record.checkpoint import FOLDER, Checkpoint, Checkpoints
from tradewind.record.journal.seal import seal
from tradewind.record.sessions.folders import STATS_FILE, read_session
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

    from tradewind.app.alerting.watcher import Alerts
    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.app.session.resume import ResumedSession
    from tradewind.app.session.standby import Standby
    from tradewind.app.session.supervision import Supervision
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.ids import StrategyId
    from tradewind.ports import MarketData, Observer, Venue
    from tradewind.record.sessions.find import SessionEntry
    from tradewind.record.stats.live import LiveTradeStats
    from tradewind.runtime.callbacks import Callbacks
    from tradewind.runtime.followers.database_process import DatabaseProcess
    from tradewind.runtime.lease import Lease, LeaseKeeper
    from tradewind.runtime.observers import Watcher
    from tradewind.runtime.supervisor import Supervisor
    from tradewind.strategy.base import Strategy

log = structlog.get_logger(__name__)


@dataclass
class LiveRun:
    """A session that is ready to run."""

    config: Config
    session: LiveSession
    world: World
    given: Input
    files: SessionFiles
    recorder: RecorderProcess
    lease: LeaseKeeper
    supervision: Supervision
    before: ResumedSession | None = None
    """The session that this one resumes."""
    databases: Sequence[DatabaseProcess] = ()
    """Who writes the operational database."""
    alerts: Alerts | None = None
    """Who tells people; None where no address is configured."""
    control: Control | None = None
    """What listens to the operator while it runs; None where `control.enabled` is false."""

    async def run(self) -> Path:
        """Run to the end; return the session's folder. Raises the error that ended the session, if one did."""
        try:
            if self.config.control.enabled:
                self.control = Control(self)
            self.supervision.watchdog.start()
            if self.alerts is not None:
                self.alerts.start(lambda: signs_of(self))
            await self._run_and_end_journal()
            self._mend()
        except BaseException as error:
            if self.alerts is not None:
                self.alerts.ended_with(error)
            raise
        finally:
            if self.control is not None:
                self.control.close()
            self.supervision.end()
            self.lease.end()
            if self.alerts is not None:
                self.alerts.end()
        call_after_run(self.world.engine)
        return self.files.folders.home

    async def _run_and_end_journal(self) -> None:
        try:
            await self.session.run(self.world.start, self.given.warmup())
        except BaseException as error:
            # Nobody has acted on uncommitted steps, and they may be only half of what follows from an event.
            self.files.leave_journal()
            if not isinstance(error, LeaseLost):  # then another session may have resumed from here
                self._keep_state()
            raise
        self.files.end_journal()

    def _keep_state(self) -> None:
        """Write a checkpoint after a fault, from the journal: the engine may have stopped in the middle of a turn."""
        checkpoints = checkpoints_of(self.files.folders.home, self.config)
        try:
            header, finest = self.files.header, self.given.finest
            found = recover(self.files.journal_path, checkpoints, lambda: fresh(header, finest))
            state = found.state
            if not state.seq:
                return  # it had not begun
            checkpoints.write(
                Checkpoint(session=header.session_id, seq=state.seq, ts=state.ts, saved_at=time.time_ns(), engine=state)
            )
        except (TradewindError, OSError, AssertionError) as error:
            log.warning("no checkpoint after the fault; the journal has everything", error=str(error))

    def _mend(self) -> None:
        """Rebuild the session's files from the journal if their recorder missed something."""
        for trouble in self.troubles:
            log.warning("an observer did not see all of the session", what=trouble)
        if self.recorder.missed:
            log.warning("session files are rebuilt from the journal")
            rebuild(self.files.journal_path, self.files.folders.home)

    @property
    def stats(self) -> LiveTradeStats:
        """The final statistics."""
        if self.recorder.stats is not None:
            return self.recorder.stats
        home = self.files.folders.home
        day, run = max(read_session(home)["days"].items())
        return from_yaml((home.parent.parent / day / run / STATS_FILE).read_text(encoding="utf-8"))

    @property
    def troubles(self) -> list[str]:
        """What is missing in the session's files, and why."""
        return [*self.session.troubles, *self.recorder.notes]

    @property
    def held(self) -> list[str]:
        """The strategies that raised and were stopped for that."""
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
    real: bool = False,
    any_strategies: bool = False,
    advise: Callable[[AskAdvice], None] | None = None,
) -> LiveRun:
    """Put a live session together: lease, session to resume, folder, journal, engine, simulated venue, market data.

    `strategies` and `given` replace what the configuration says about them; `resume` names the session to resume;
    without `real` no account with real money is touched. With `any_strategies` the account's newest session is resumed
    whatever it ran, if all that is open in it is a strategy's of this one; `advise` is told who asks for slow advice.
    Raises `LeaseHeld` if another engine trades the account, unless a `standby` waits, and `StateRestoreError`.
    """
    _check(config, real=real)
    database, channels = address_of(config), channels_of(config)
    greet(config, channels, title_of(config, mode_of(config)))

    def market() -> Input:
        return given or input_of(config, catalog_root, time.time_ns(), live=True)

    if not isinstance(config.market_data, ExchangeData | BinanceData):
        given = market()  # before anything is created: mistakes in the data leave no files behind
    with money_context():
        loaded = strategies_of(config) if strategies is None else dict(strategies)

    def find() -> SessionEntry | None:
        return chosen(config, loaded, mode_of(config), resume, any_strategies=any_strategies)

    follower = SessionFollower(find, lambda: market().finest)
    wanted = lease_of(config, loaded)
    lease = take(wanted) if standby is None else standby.take(wanted, follower)
    try:
        given = market()  # an exchange is asked under the lease: from here on nobody else moves the account
        before = _resumed(find(), loaded if any_strategies else None, given, follower=follower, token=wanted.token)
        if before is not None:
            given = given.go_on(before.resume_point(config))
        with money_context():
            restored = None if before is None else before.state
            if restored is not None:
                loaded, restored = go_on_with(config, loaded, restored)
            kept = carried(config, mode_of(config)) if before is None else None
            world = world_of(config, given, loaded, recording=True, restored=restored, token=wanted.token,
                             breakers=kept, attended=True)  # fmt: skip
        parent = None if before is None else before.entry.name
        files = SessionFiles(config, given, world, mode_of(config), lease=lease.lease, parent=parent)
        recorder = RecorderProcess(files.folders, files.journal_path, on_stats=on_stats)
        supervision = supervision_of(config, files)
        lease.lives = lambda: supervision.watchdog.turns
        databases, alerts = writers_of(config, database, files.journal_path), alerts_of(config, files, channels)
        session = _session(
            config, given, world, files,
            fence=lease.lease, supervisor=supervision.supervisor, observers=observers, callbacks=callbacks,
            watchers=[recorder, *databases, *([] if alerts is None else [alerts])],
            handle_signals=handle_signals, advise=advise,
        )  # fmt: skip
    except BaseException:
        lease.end()
        raise
    return LiveRun(config, session, world, given, files, recorder, lease, supervision, before, databases, alerts)


def mode_of(config: Config) -> str:
    """Return `live` if orders are real, else `paper`; `_check` has seen that they may be real."""
    return Mode(real=config.trading.is_real).name


def _check(config: Config, *, real: bool) -> None:
    """Raise `ConfigError` for what only a backtest may do, and for real orders that nobody has allowed."""
    if config.trading.is_real and not real:
        raise ConfigError(
            f"trading.provider_type: {config.trading.provider_type} trades real money, and nobody has allowed it: "
            "only `tradewind live` with --live-trading and --i-understand-the-risks, both of them, does"
        )
    if config.trading.is_real:
        _check_prices(config)
        check_for_real_money(config)
        check_alerts(config)
        risk_limits.check_for_real_money(config.risk)
    if not config.journal.enabled:
        raise ConfigError("journal.enabled: a live session needs its journal")
    if isinstance(config.trading, PaperTrading) and config.trading.config.fill.model != "next":
        raise ConfigError("trading.config.fill.model: current_bar_mid looks ahead, so it is for backtests only")


def _check_prices(config: Config) -> None:
    """Raise `ConfigError` for orders of real money that would be decided on prices of a testnet, or of this machine."""
    if isinstance(config.market_data, BinanceData) and isinstance(config.trading, BinanceTrading):
        wrong = wrong_prices(config.market_data, config.trading)
        if wrong is not None:
            raise ConfigError(wrong)


def _resumed(
    entry: SessionEntry | None,
    strategies: Iterable[StrategyId] | None,
    given: Input,
    *,
    follower: SessionFollower,
    token: int,
) -> ResumedSession | None:
    """Return the session to resume, None to begin anew; log it. Its journal is sealed: it has ended."""
    if entry is None:
        return None
    if not is_over(entry) and not seal(entry.journal, f"token {token}"):
        log.warning("the previous engine hangs in a commit: that one turn is left out", session=entry.name)
    before = recovered(entry, given.finest, follower.following(entry))
    follower.let_go()
    check(before, given, strategies)
    for note in before.recovered.notes:
        log.warning(note)
    log.info(before.summary(), checkpoint=before.recovered.checkpoint, steps_followed=before.recovered.followed)
    return before


def _session(  # noqa: PLR0913 - what a session is made from
    config: Config,
    given: Input,
    world: World,
    files: SessionFiles,
    *,
    fence: Lease,
    supervisor: Supervisor,
    watchers: Sequence[Watcher],
    observers: Sequence[Observer],
    callbacks: Callbacks | None,
    handle_signals: bool,
    advise: Callable[[AskAdvice], None] | None,
) -> LiveSession:
    source, clock = given.source()
    link = source if isinstance(source, ExchangeVenue) else None
    if link is not None:
        link.token = fence.token
    account = _way_out(given, world, source) if link is None else (None if given.account is None else link)
    return LiveSession(
        world.engine,
        world.timeline,
        source=source,
        venue=world.venue,
        outbox=None if account is None else Outbox(account, fence=fence),
        account=account,
        pace=link,
        advise=advise,
        clock=clock,
        journal=files.journal,
        observers=observers,
        watchers=watchers,
        callbacks=callbacks,
        history=given.history,
        fence=fence,
        supervisor=supervisor,
        checkpoints=_checkpointer(config, world, files),
        settings=LiveSettings(
            venue=world.start.venue,
            stop=world.stop,
            settle_ns=world.settle_ns,
            handle_signals=handle_signals,
            data_path=str(files.folders.home),
            symbols=tuple(config.engine.symbols),
            interval=config.engine.interval,
            mode=files.header.mode,
        ),
    )


def _way_out(given: Input, world: World, source: MarketData) -> Venue | None:
    """Return where orders go if they leave this process for another venue than the source; None if they do not."""
    if given.way_out is None:
        return None
    if world.start.restored is not None:
        return given.way_out(source, owned_apart(world.start.restored, given.instruments))
    return given.way_out(source, {balance.asset: balance.total for balance in world.start.balances})


def _checkpointer(config: Config, world: World, files: SessionFiles) -> Checkpointer:
    engine, venue, pack = world.engine, world.venue, Packing()
    return Checkpointer(
        checkpoints_of(files.folders.home, config),
        files.header.session_id,
        state=lambda: msgspec.structs.replace(engine.state(), venue=None if venue is None else pack(venue.state())),
        equity=engine.view.equity,
        clock=WallClock(),
        interval_seconds=config.engine.checkpoint_interval_seconds,
    )


def checkpoints_of(home: Path, config: Config) -> Checkpoints:
    """Return the checkpoints of a session."""
    return Checkpoints(home / FOLDER, kept=config.recovery.checkpoints_kept)
