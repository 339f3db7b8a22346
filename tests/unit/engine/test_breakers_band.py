"""Whoever looks at equity exactly at each event, and who lets floats rule out that anything changes, do the same."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.engine.breaking import account
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.control import BreakerResetRequested
from tradewind.domain.events import AccountSnapshot
from tradewind.domain.ids import Asset
from tradewind.engine.true_equity import TrueEquity
from tradewind.risk.breakers.settings import BreakerSettings, DailyLoss, Drawdown
from tradewind.testing import BTC, bar

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

D = Decimal
SETTINGS = BreakerSettings(
    daily_loss=DailyLoss(amount=D(400), fraction=D("0.06"), warning=D(100), caution=D(200)),
    drawdown=Drawdown(D("0.18"), lookback_days=1),
)
EDGES = (30, 60, 90, 94, 95, 97, 98, 100)
"""Prices at which a limit is met exactly."""


def proof(made: Engine) -> AccountSnapshot:
    """Tell that the venue's account is ours: whoever was reset is closed."""
    now, held = made.view.now, made.portfolio.totals[BTC].quantity
    balances = tuple(Balance(Asset(name), made.view.cash(Asset(name))) for name in ("USDT", "BTC"))
    return AccountSnapshot(
        "binance", balances, (VenuePosition(BTC, held, D(100)),), now, now, orders=(), fills=(), number=10**6
    )


def told(seed: int) -> list[Any]:
    """Return what comes of a walk of prices that returns to the limits again and again."""
    draw, price, made = random.Random(seed), 100.0, account(SETTINGS)
    assert made.breakers is not None
    board, found = made.breakers.board, []
    for number in range(1, 400):
        price = max(1.0, price * (1 + draw.choice((0.0005, 0.004, 0.02)) * draw.choice((-1, 1))))
        price = float(draw.choice(EDGES)) if draw.random() < 0.1 else price
        if draw.random() < 0.1:
            name = draw.choice(("drawdown", "max_drawdown"))
            made.process(BreakerResetRequested(made.view.now, name, "looked"))
            made.process(proof(made))
        step = made.process(bar(round(price, 2), number))
        found.append((step.notices, board.factor, board.worth.peak, board.worth.baseline))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_floats_rule_out_nothing_that_matters(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = told(seed)
    has_left = TrueEquity.has_left
    monkeypatch.setattr(TrueEquity, "has_left", lambda self, now: has_left(self, now) or True)
    assert told(seed) == quick
