from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.runtime.stage import INSTRUMENT, Listener, bars, stage
from tradewind.domain.errors import ReplayMismatch, StrategyLoadError
from tradewind.domain.ids import StrategyId
from tradewind.engine.engine import EngineSettings
from tradewind.record.journal.header import SessionHeader, StrategySource
from tradewind.record.journal.writer import SqliteJournal
from tradewind.runtime import replay
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
from tradewind import Strategy

class Buyer(Strategy):
    size: float = 1.0

    def on_bar(self, ctx, bar):
        if ctx.position().is_flat:
            ctx.buy(self.size)
"""


def journal(tmp_path: Path, *sources: StrategySource, strategy: object = None, count: int = 20) -> Path:
    path = tmp_path / "journal.sqlite"
    header = SessionHeader(
        session_id="s", created="", mode="paper", engine=EngineSettings(), instruments=(INSTRUMENT,), strategies=sources
    )  # fmt: skip
    kept = SqliteJournal(path, header, durable=False)
    for step in stage(bars(0, count), strategy).run():  # type: ignore[arg-type]
        kept.append(step)
    kept.close()
    return path


def listener(*buy_at: int) -> dict[StrategyId, Listener]:
    return {StrategyId("s"): Listener(buy_at=buy_at)}


def test_the_same_comes_out_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "PROGRESS_STEPS", 10)
    progress: list[int] = []
    shown = verify(journal(tmp_path, strategy=Listener(buy_at=(3,))), listener(3), progress.append)
    assert (shown.steps, shown.decisions, shown.changed_sources) == (24, 1, ())
    assert float(shown.equity) > 0
    assert progress == [10, 20]


def test_another_decision_is_named_with_its_step(tmp_path: Path) -> None:
    path = journal(tmp_path, strategy=Listener(buy_at=(3,)))
    with pytest.raises(
        ReplayMismatch, match=r"step 5 at 2023-11-14T22:04:00Z \(Bar\) comes out otherwise: its effects"
    ):
        verify(path, listener())
    with pytest.raises(ReplayMismatch) as caught:
        verify(path, listener(2))
    assert caught.value.context["seq"] == 4
    assert "SubmitOrder" in caught.value.context["now"]


def test_strategies_are_found_where_the_session_had_them(tmp_path: Path) -> None:
    file = tmp_path / "buyer.py"
    file.write_text(FILE)
    from tradewind.strategy.load import load, source_hash

    strategy = load(f"{file}:Buyer", {"size": 2})
    source = StrategySource(
        id="s", name="Buyer", source=f"{file}:Buyer", sha256=source_hash(strategy), parameters='{"size": 2}'
    )
    path = journal(tmp_path, source, strategy=strategy)
    assert verify(path).changed_sources == ()
    file.write_text(FILE + "\n# a remark\n")
    assert verify(path).changed_sources == ("s",)
    file.write_text(FILE.replace("is_flat", "is_flat and bar.close > 102"))
    with pytest.raises(ReplayMismatch, match="the code of s has changed since"):
        verify(path)


def test_a_journal_that_does_not_know_its_code_says_so(tmp_path: Path) -> None:
    path = journal(tmp_path, StrategySource(id="s", name="S"), strategy=Listener())
    with pytest.raises(StrategyLoadError, match="the journal does not say where its code is"):
        verify(path)
