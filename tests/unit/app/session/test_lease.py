from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.app.sessions import config
from tradewind.app.config.trading import ExchangeTrading, VenueTrading
from tradewind.app.session.lease import id_prefix_of, lease_of, take
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.errors import LeaseHeld
from tradewind.domain.ids import StrategyId
from tradewind.execution.order_ids import OrderIds
from tradewind.venues.registry.exchange_settings import ExchangeTradingSettings

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
    assert id_prefix_of(paper, 7, None) == "tw", "a simulated venue begins with its session"
    begun = id_prefix_of(venue, 7, None)
    assert begun.startswith("tw_")
    assert begun.endswith("_7")
    before = msgspec.structs.replace(EngineState(), id_prefix=begun)
    assert id_prefix_of(venue, 8, before) == begun, "who goes on counts on"
    assert id_prefix_of(at_exchange(tmp_path, **{"engine.session_prefix": "new"}), 8, before) == "new"


VENUES = {
    "exchange main": ExchangeTrading(provider_type="exchange"),
    "exchange second": ExchangeTrading(provider_type="exchange", config=ExchangeTradingSettings(account="second")),
    "real": VenueTrading(provider_type="hyperliquid-live"),
    "another": VenueTrading(provider_type="bybit-live"),
}
CHARSET = re.compile(r"[A-Za-z0-9_-]{1,36}")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return at_exchange(tmp_path_factory.mktemp("outside"))


@given(
    starts=st.lists(
        st.tuples(st.sampled_from(sorted(VENUES)), st.booleans(), st.integers(1, 30), st.booleans()), max_size=12
    ),
    prefix=st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True),
)
def test_lesson_52_no_id_comes_twice_over_any_restarts_of_any_accounts(
    outside: Config, starts: list[tuple[str, bool, int, bool]], prefix: str
) -> None:
    """Fresh or going on; with a store of leases that was lost in between, too, where the venue is a real one."""
    given_out: list[str] = []
    tokens, stood = dict.fromkeys(VENUES, 0), dict.fromkeys(VENUES, EngineState())
    engine = outside.engine.model_copy(update={"session_prefix": prefix})
    for second, (venue, fresh, count, lost) in enumerate(starts, start=1_790_000_000):
        if lost and venue in ("real", "another"):
            tokens[venue] = 0
        tokens[venue] += 1
        settings = outside.model_copy(update={"trading": VENUES[venue], "engine": engine})
        before = stood[venue] if stood[venue].id_count and not fresh else None
        ids = OrderIds(id_prefix_of(settings, tokens[venue], before, second))
        ids.count = before.id_count if before is not None else 0
        given_out += [ids.next() for _ in range(count)]
        stood[venue] = msgspec.structs.replace(EngineState(), id_prefix=ids.prefix, id_count=ids.count)
    assert len(set(given_out)) == len(given_out)
    assert all(CHARSET.fullmatch(name) for name in given_out)
