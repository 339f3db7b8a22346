"""One live session, from a configuration to its end; today always with simulated orders."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from tradewind.app.afterwards import look_back
from tradewind.app.bootstrap import input_of, world_of
from tradewind.app.config_trading import PaperTrading
from tradewind.app.keeping import Keeper
from tradewind.app.strategy_parameters import strategies_of
from tradewind.domain.errors import ConfigError
from tradewind.domain.money import money_context
from tradewind.record.rebuild import rebuild
from tradewind.record.recorder_days import STATS_FILE
from tradewind.record.session import read_session
from tradewind.record.stats_live import from_yaml
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.recorder_process import RecorderProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tradewind.app.bootstrap import Input, World
    from tradewind.app.config import Config
    from tradewind.domain.ids import StrategyId
    from tradewind.ports import Observer
    from tradewind.record.stats_live import LiveTradeStats
    from tradewind.runtime.callbacks import Callbacks
    from tradewind.strategy.base import Strategy

log = structlog.get_logger(__name__)


@dataclass
class LiveRun:
    """A session that is put together and has not begun."""

    session: LiveSession
    world: World
    given: Input
    keeper: Keeper
    recorder: RecorderProcess

    async def run(self) -> Path:
        """Run to the end; return the session's folder. Raises what ended the session, if it did not end in order."""
        try:
            await self.session.run(self.world.start, self.given.warmup())
        finally:
            self.keeper.end_journal()
        self._mend()
        look_back(self.world.engine)
        return self.keeper.folders.home

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
) -> LiveRun:
    """Put a live session together: folder, journal, engine, simulated venue, market data.

    `strategies` and `given` take the place of what the configuration says about them.
    """
    if not config.journal.enabled:
        raise ConfigError("journal.enabled: a live session cannot do without its journal")
    if isinstance(config.trading, PaperTrading) and config.trading.config.fill.model != "next":
        raise ConfigError("trading.config.fill.model: current_bar_mid looks ahead, so it is for backtests alone")
    given = input_of(config, catalog_root, time.time_ns()) if given is None else given
    with money_context():
        loaded = strategies_of(config) if strategies is None else dict(strategies)
        world = world_of(config, given, loaded, recording=True)
    keeper = Keeper(config, given, world, "paper")
    recorder = RecorderProcess(keeper.folders, keeper.journal_path, on_stats=on_stats)
    source, clock = given.source()
    session = LiveSession(
        world.engine,
        world.timeline,
        source=source,
        venue=world.venue,
        outbox=None,
        clock=clock,
        journal=keeper.journal,
        observers=observers,
        watchers=[recorder],
        callbacks=callbacks,
        history=given.history,
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
    return LiveRun(session, world, given, keeper, recorder)
