"""Which session a start resumes, how that one ended, and a summary of it for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tradewind.app.bootstrap import sim_venue
from tradewind.app.config import resolved
from tradewind.app.session.resume_point import ResumePoint
from tradewind.domain.errors import StateRestoreError
from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import plain
from tradewind.domain.time import iso
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.record.checkpoint import FOLDER, Checkpoints
from tradewind.record.journal.reader import read_header
from tradewind.record.sessions.find import find
from tradewind.record.sessions.lineage import (
    gone_on_by,
    is_over,
    lineage_of,
    lineage_of_session,
    newest,
    newest_of_account,
)
from tradewind.record.sessions.mask import masked_json
from tradewind.runtime.places import Places
from tradewind.runtime.recovery import Following, Recovered, recover
from tradewind.venues.registry.paper_settings import PaperSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.app.bootstrap import Input
    from tradewind.app.config import Config
    from tradewind.domain.checkpoint import EngineState
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.sessions.find import SessionEntry
    from tradewind.record.sessions.lineage import Lineage
    from tradewind.venues.sim.settings import MatchOn

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ResumedSession:
    """A session that is resumed, and its state after its last step."""

    entry: SessionEntry
    header: SessionHeader
    recovered: Recovered

    @property
    def state(self) -> EngineState:
        """All state that is taken over."""
        return self.recovered.state

    def resume_point(self, config: Config) -> ResumePoint:
        """Return how far it had come in its market data."""
        return ResumePoint(self.state.ts, Places(self.state.places), config.recovery.history_days)

    def summary(self) -> str:
        """Return one line for people."""
        how = "ended" if is_over(self.entry) else "interrupted"
        totals = [each for each in self.state.portfolio.totals if each.quantity]
        held = ", ".join(f"{plain(each.quantity)} {each.instrument}" for each in totals)
        count, equity = len(self.recovered.open_orders), self.recovered.equity
        return (
            f"resumes {self.entry.name} ({how} at {iso(self.state.ts)}, {count} open order{'s'[: count != 1]}, "
            f"position {held or 'flat'}, equity {'unknown' if equity is None else plain(equity)} "
            f"{self.header.engine.base})"
        )


def chosen(
    config: Config, strategies: Iterable[str], mode: str, session: str = "", *, any_strategies: bool = False
) -> SessionEntry | None:
    """Return the session to resume, None to begin anew.

    `session` is a name given by the operator; otherwise `recovery.resume` decides. With `any_strategies` it may have
    run others than this one does. Raises `StateRestoreError` if the
    named one ran something else, or was resumed already.
    """
    root = Path(config.engine.data_output_path)
    lineage = lineage_of(mode, json.loads(masked_json(resolved(config))), strategies)
    if session:
        return _named(root, session, lineage)
    if config.recovery.resume == "never":
        return None
    entry = newest_of_account(root, mode, lineage.account) if any_strategies else newest(root, lineage)
    if entry is None or (config.recovery.resume == "auto" and lineage.is_recorded and is_over(entry)):
        return None
    return entry


def recovered(entry: SessionEntry, finest: MatchOn, warm: Following | None = None) -> ResumedSession:
    """Restore the state of a session; raise `StateRestoreError` if that is impossible.

    `warm` has followed the session while it ran; if it does not match the journal, all is read.
    """
    header = read_header(entry.journal)
    checkpoints = Checkpoints(entry.home / FOLDER)
    if warm is not None:
        try:
            return ResumedSession(
                entry, header, recover(entry.journal, checkpoints, lambda: fresh(header, finest), warm)
            )
        except StateRestoreError as error:
            log.warning("the standby's copy does not match the journal, which is read again", error=error.message)
    return ResumedSession(entry, header, recover(entry.journal, checkpoints, lambda: fresh(header, finest)))


def fresh(header: SessionHeader, finest: MatchOn) -> Following:
    """Return an engine and, on paper, a simulated venue, as they were at a session's start, to follow its steps."""
    engine, timeline = Engine(header.instruments, {}, header.engine, recording=True), Timeline()
    config = json.loads(header.config)
    if config["trading"]["provider_type"] != "paper":
        return Following(engine, None, timeline)
    paper = PaperSettings.model_validate(config["trading"]["config"])
    venue = sim_venue(
        paper, timeline,
        seed=header.seed, base=header.engine.base, instruments=header.instruments, finest=finest,
    )  # fmt: skip
    return Following(engine, venue, timeline)


def check(resumed: ResumedSession, given: Input, strategies: Iterable[str] | None = None) -> None:
    """Raise `StateRestoreError` if the resumed session has positions or orders that the new one does not trade.

    With `strategies`, also if they are those of a strategy that is none of them.
    """
    held = {each.instrument for each in resumed.state.portfolio.totals if each.quantity}
    working = {order.spec.instrument for order in resumed.recovered.open_orders}
    missing = sorted((held | working) - {instrument.id for instrument in given.instruments})
    if missing:
        raise StateRestoreError(
            f"{resumed.entry.name} has positions or open orders in {', '.join(missing)}, "
            "which this session does not trade",
            {"fix": "add them to engine.symbols, or begin anew with --fresh"},
        )
    owners = {each.strategy for each in resumed.state.portfolio.positions if each.quantity}
    owners |= {order.spec.strategy for order in resumed.recovered.open_orders}
    lost = sorted(owners - {EXTERNAL} - set(owners if strategies is None else strategies))
    if lost:
        raise StateRestoreError(
            f"{resumed.entry.name} has positions or open orders of {', '.join(lost)}, which this session does not run",
            {"fix": "define these strategies too, or begin anew with recovery.resume: never"},
        )


def _named(root: Path, session: str, lineage: Lineage) -> SessionEntry:
    entry = find(root, session)
    there = lineage_of_session(entry)
    if there is None:
        raise StateRestoreError(f"this session cannot resume {entry.name}: it does not say what it ran")
    ours = (lineage.mode, lineage.account, lineage.strategies)
    if (there.mode, there.account, there.strategies) != ours:
        raise StateRestoreError(
            f"this session cannot resume {entry.name}: that was {_words(there)}, this is {_words(lineage)}"
        )
    if there.data != lineage.data:
        raise StateRestoreError(f"this session cannot resume {entry.name}: it ran on other market data")
    heir = gone_on_by(root, entry)
    if heir:
        raise StateRestoreError(
            f"{heir} has resumed {entry.name} already; a second one would use its order ids again",
            {"fix": f"--resume {heir}"},
        )
    return entry


def _words(lineage: Lineage) -> str:
    return f"{lineage.mode}, account {lineage.account}, strategies {', '.join(lineage.strategies)}"
