"""What a guest is told of its account: in one asset, and never a guess."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tradewind.domain.ids import StrategyId, instrument_id
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.book import GuestBook
from tradewind.strategy.wasm.host_account import AccountCalls
from tradewind.strategy.wasm.notes import OrderNotes
from tradewind.strategy.wasm.reader import Reader
from tradewind.strategy.wasm.scene import Scene, Series
from tradewind.testing import bar, engine, filled, instrument, order_spec, script, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.strategy.wasm.messages_trading import AccountInfo

CROSS = instrument_id("binance", "ETHBTC")


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    with money_context():
        yield


def account(*, btc_price: float | None, fee_asset: str = "BTC") -> AccountInfo:
    """Buy 2 ETH for 0.05 BTC each, which rise to 0.06, in a session whose first instrument is in USDT."""
    book, scene = GuestBook(), Scene()
    pair = instrument("ETHBTC", quote="BTC", tick="0.00001")
    made = engine(
        script(on_fill=lambda ctx, fill: book.take(ctx, fill, None)),
        instruments=[instrument(), pair], start=started(USDT=1_000, BTC=1),
    )  # fmt: skip
    if btc_price is not None:
        made.process(bar(btc_price))
    made.orders.submit(order_spec(Side.BUY, 2, instrument=CROSS))
    made.process(filled(quantity=2, price="0.05", ts=made.view.now, fee="0.001", fee_asset=fee_asset))
    made.process(bar(0.06, 1, of=CROSS))
    scene.ctx = made.roster.members[StrategyId("s")][1]
    scene.series = {"ETHBTC": Series(CROSS, lambda _count: ())}
    answer = AccountCalls(scene, book, OrderNotes()).get_account_info(b"")
    info: AccountInfo = Reader().read(plans.ACCOUNT_INFO, answer)
    return info


def test_what_is_in_another_asset_is_valued_in_the_first() -> None:
    info = account(btc_price=50_000.0)
    assert (info.balance, info.equity) == (1_000.0, 1_000.0 + 2 * 0.06 * 50_000)
    assert info.unrealized_pnl == pytest.approx(2 * 0.01 * 50_000)
    assert info.total_fees == pytest.approx(0.001 * 50_000)


def test_what_has_no_price_is_not_nothing() -> None:
    info = account(btc_price=None)
    assert info.balance == 1_000.0
    assert [math.isnan(value) for value in (info.equity, info.unrealized_pnl, info.total_fees)] == [True] * 3
    info = account(btc_price=50_000.0, fee_asset="BNB")
    assert (math.isnan(info.total_fees), info.equity) == (True, 7_000.0)
