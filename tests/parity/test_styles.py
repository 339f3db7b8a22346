"""One logic in every style gives the same orders, fills and ledger: in the backtest, live, and from the journal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.parity.styles import STYLES, configured, in_backtest, live, tags_of, told
from tradewind.record.journal.reader import digest
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parity.styles import Ran

SAMPLE = {"path": "sample", "end": "2024-01-08"}
REAL = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalog")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, catalog: Path) -> Ran:
    """The class style over the sample."""
    ran = in_backtest(configured(tmp_path_factory.mktemp("class"), STYLES["class"](), SAMPLE), catalog)
    assert len(ran.fills) > 150
    return ran


@pytest.mark.must_really_work
@pytest.mark.parametrize("style", STYLES)
def test_every_style_decides_and_is_filled_alike(style: str, tmp_path: Path, catalog: Path, reference: Ran) -> None:
    spec = STYLES[style]()
    past = in_backtest(configured(tmp_path / "backtest", spec, SAMPLE), catalog)
    paper = asyncio.run(live(configured(tmp_path / "live", spec, SAMPLE), catalog))
    for ran in (past, paper):
        assert same(ran, reference)
        assert verify(ran.journal).changed_sources == ()
    assert digest(past.journal) == digest(paper.journal)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.must_really_work
@pytest.mark.timeout(600)
def test_every_style_is_the_same_on_real_bars(tmp_path: Path, data_dir: Path, catalog: Path) -> None:
    """Days on which the price fell by two in a hundred while the fast average was above: the stop is met."""
    data = {"path": str(data_dir / REAL), "start": "2022-06-13", "end": "2022-06-16"}
    runs = {style: in_backtest(configured(tmp_path / style, spec(), data), catalog) for style, spec in STYLES.items()}
    lives = {
        style: asyncio.run(live(configured(tmp_path / f"{style}-live", spec(), data), catalog))
        for style, spec in STYLES.items()
    }
    reference = runs["class"]
    assert len(reference.fills) > 60
    assert tags_of(reference).count("stop") == 3
    for ran in (*runs.values(), *lives.values()):
        assert same(ran, reference)
        assert verify(ran.journal).changed_sources == ()


def same(ran: Ran, reference: Ran) -> Any:
    """Compare part by part, so that a failure shows the first order or fill that differs."""
    assert ran.orders == reference.orders
    assert ran.fills == reference.fills
    assert ran.ledger == reference.ledger
    ours, theirs = told(ran.journal), told(reference.journal)
    assert next((pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]), None) is None
    assert len(ours) == len(theirs)
    return True
