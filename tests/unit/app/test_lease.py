from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.app.sessions import config
from tradewind.app.lease import id_prefix_of, lease_of, take
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.errors import LeaseHeld
from tradewind.domain.ids import StrategyId

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config

ONE, OTHER = StrategyId("one"), StrategyId("other")


def at_exchange(folder: Path, **changes: Any) -> Config:
    return config(
        folder,
        **{
            "market_data": {"provider_type": "exchange", "config": {"socket": str(folder / "x")}},
            "trading": {"provider_type": "exchange"},
            **changes,
        },
    )


def test_on_paper_the_account_is_that_of_these_strategies_and_symbols_in_this_folder(tmp_path: Path) -> None:
    kept = take(lease_of(config(tmp_path), [ONE]))
    take(lease_of(config(tmp_path), [OTHER])).end()
    with pytest.raises(LeaseHeld):
        take(lease_of(config(tmp_path), [ONE]))
    take(lease_of(config(tmp_path, **{"lease.account": "mine"}), [ONE])).end()
    kept.end()
    take(lease_of(config(tmp_path), [ONE])).end()


def test_an_account_at_an_exchange_is_one_whatever_trades_it_and_from_wherever(tmp_path: Path) -> None:
    kept = take(lease_of(at_exchange(tmp_path), [ONE]))
    elsewhere = at_exchange(tmp_path, **{"engine.data_output_path": str(tmp_path / "elsewhere")})
    with pytest.raises(LeaseHeld, match="exchange"):
        take(lease_of(elsewhere, [OTHER]))
    other = at_exchange(tmp_path, trading={"provider_type": "exchange", "config": {"account": "second"}})
    take(lease_of(other, [ONE])).end()
    kept.end()


def test_nobody_at_a_venue_uses_an_order_id_again(tmp_path: Path) -> None:
    venue, paper = at_exchange(tmp_path), config(tmp_path)
    assert id_prefix_of(venue, 1, None) == "tw", "the first is as on paper"
    assert id_prefix_of(venue, 7, None) == "tw_7"
    assert id_prefix_of(paper, 7, None) == "tw", "a simulated venue begins with its session"
    before = msgspec.structs.replace(EngineState(), id_prefix="tw_7")
    assert id_prefix_of(venue, 8, before) == "tw_7", "who goes on counts on"
    assert id_prefix_of(at_exchange(tmp_path, **{"engine.session_prefix": "new"}), 8, before) == "new"
