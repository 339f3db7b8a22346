"""What a session has recorded, again: its journal through a fresh engine, and its bars through a backtest."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.e2e.program import run
from tradewind.app.backtesting import recorded_backtest
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.domain.commands import CancelOrder, PlaceExits, SubmitOrder
from tradewind.domain.events import OrderFilled, SessionStarted, WarmupEnded
from tradewind.domain.market import Bar
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND
from tradewind.record.journal.reader import read, read_header
from tradewind.record.sessions.find import sessions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step

EARLIER_NS = 30 * NS_PER_DAY
"""An exchange that is faster than the clock leaves bars of tomorrow, and those are no recording: they are set back."""
VALUES = ("open", "high", "low", "close", "volume")
Decision = tuple[int, tuple[object, ...]]


def check_replay(root: Path) -> None:
    """Hold that each session below `root` comes out of its journal again, byte for byte, by the command."""
    for entry in sessions(root):
        code, said, errors = run("session", "replay", entry.name, "--data-output", root, "--verify", "--json")
        assert code == 0, said + errors
        assert '"same": true' in said


def check_backtest(journal: Path, tree: Mapping[str, Any], folder: Path) -> list[Decision]:
    """Run the strategies of a session's configuration over the bars of its journal, on paper; both decide alike.

    Returns the decisions that were compared: on a busy machine not all (`_settled_until`). `tree` is the configuration
    that the session ran with.
    """
    lived = list(read(journal))
    past = list(read(_backtested(journal, lived, tree, folder)))
    ours, theirs = decisions(past, later=EARLIER_NS), decisions(lived)
    until = _settled_until(lived)
    ours, theirs = ([each for each in told if each[0] < until] for told in (ours, theirs))
    pairs = zip_longest(ours, theirs)
    different = next((pair for pair in pairs if pair[0] != pair[1]), None)
    assert different is None, different
    assert any(isinstance(step.event, OrderFilled) for step in past)
    return theirs


def _backtested(journal: Path, lived: Sequence[Step], tree: Mapping[str, Any], folder: Path) -> Path:
    folder.mkdir()
    header = read_header(journal)
    for each in header.instruments:
        bars = [step.event for step in lived if isinstance(step.event, Bar) and step.event.instrument == each.id]
        columns: dict[str, Any] = {"ts_open": [bar.ts_open - EARLIER_NS for bar in bars]}
        columns |= {name: [getattr(bar, name) for bar in bars] for name in VALUES}
        frame = pl.DataFrame(columns).with_columns(pl.from_epoch("ts_open", time_unit="ns").dt.replace_time_zone("UTC"))
        frame.write_parquet(folder / f"{each.symbol}_1m.parquet")
    start = _first_decided(lived)
    history = min(step.event.ts_open for step in lived if isinstance(step.event, Bar))
    opened = lived[0].event
    assert isinstance(opened, SessionStarted)
    quotes = {each.quote for each in header.instruments}
    told = {
        "market_data": {
            "provider_type": "replay",
            "config": {"path": str(folder), "start": _earlier(start)},
        },
        "trading": {
            "provider_type": "paper",
            "config": {
                "account": header.engine.account.value,
                "balances": {str(b.asset): str(b.total) for b in opened.balances if b.asset in quotes},
            },
        },
        "instruments": [
            {
                "symbol": each.symbol, "kind": each.kind.value, "tick": str(each.tick), "lot": str(each.lot),
                "quantity_min": str(each.quantity_min), "notional_min": str(each.notional_min),
                "margin_initial": str(each.margin_initial), "margin_maintenance": str(each.margin_maintenance),
            }
            for each in header.instruments
        ],
    }  # fmt: skip
    prefetch = {"enabled": True, "start_time_type": "date", "start_time": _earlier(history)}
    engine = {**tree["engine"], "data_output_path": str(folder / "out"), "prefetch": prefetch}
    made = build_config(Source("backtest.yaml", {**tree, **told, "engine": engine}, {}), environ={})
    recorded_backtest(made)
    (entry,) = sessions(folder / "out")
    return entry.journal


def _settled_until(lived: Sequence[Step]) -> int:
    """Return the open of the first bar that came before the answer to an order; else that of the last bar.

    A machine that is slow for a second is slow for a minute of the exchange's: what is decided then is another thing.
    """
    waiting: set[object] = set()
    last = 0
    begins = _first_decided(lived)
    for step in lived:
        if isinstance(step.event, Bar) and step.event.ts_open >= begins:
            last = step.event.ts_open
            if waiting:
                break
        waiting -= {getattr(step.event, "order", None)}
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                waiting.add(effect.order.id)
            elif isinstance(effect, PlaceExits):
                waiting |= {spec.id for spec in effect.orders}
    return last


def _first_decided(lived: Sequence[Step]) -> int:
    """Return the open of the first bar that came when the account had been compared: before that, all is refused."""
    warm = next(n for n, step in enumerate(lived) if isinstance(step.event, WarmupEnded))
    compared = next(
        n for n, step in enumerate(lived[warm:], warm) if any(isinstance(x, ReconciliationReport) for x in step.notices)
    )
    return min(step.event.ts_open for step in lived[compared:] if isinstance(step.event, Bar))


def _earlier(at: int) -> str:
    return datetime.fromtimestamp((at - EARLIER_NS) / NS_PER_SECOND, UTC).isoformat()


def decisions(steps: Sequence[Step], later: int = 0) -> list[Decision]:
    """Return what was decided on closed bars, in order: the bar, what is sent, which order is taken back.

    Names of orders are their places among all that were sent: sessions have names of their own.
    """
    found: list[Decision] = []
    places: dict[object, int] = {}
    for step in steps:
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                specs = (effect.order, *effect.attached)
                for spec in specs:
                    places[spec.id] = len(places)
                told: tuple[object, ...] = tuple(
                    (s.strategy, s.instrument.partition(":")[2], s.side, s.type, s.quantity, s.price, s.trigger)
                    for s in specs
                )
            elif isinstance(effect, CancelOrder):
                told = ("cancel", places.get(effect.order))
            else:
                continue
            if isinstance(step.event, Bar):
                found.append((step.event.ts_open + later, told))
    return found
