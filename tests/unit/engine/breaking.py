"""An account of 10,000 USDT, half of it in 50 coins bought at 100: equity is 5,000 and 50 times the price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain.breakers import BreakerChanged, BreakerState
from tradewind.domain.order import Side
from tradewind.domain.step import Refusal
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.breakers.settings import BreakerSettings
from tradewind.testing import bar, engine, filled, intent, order_spec, script, started

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine

D = Decimal
COINS = 50
ONLY_16 = BreakerSettings(account=None)
ONLY_15 = BreakerSettings(max_drawdown=None)
NEITHER = BreakerSettings(account=None, max_drawdown=None)


def account(settings: BreakerSettings | None, **options: Any) -> Engine:
    """Return an engine with the account, after its first bar."""
    made = engine(script(), start=started(USDT=10_000), breakers=settings, **options)
    made.process(bar(100.0))
    made.orders.submit(order_spec(quantity=COINS, id="held"))
    made.process(filled("held", COINS, 100, ts=made.view.now))
    return made


def worth(made: Engine, equity: float, minutes: int = 1) -> Step:
    """Let a bar come, so many minutes later, at which the account is worth this."""
    number = made.view.now // NS_PER_MINUTE + minutes - 1
    return made.process(bar(round((equity - 5_000) / COINS, 6), number))


def entry(made: Engine, quantity: Any = "0.1", **terms: Any) -> str:
    """Return the code with which an entry is refused; empty if it is let through."""
    return code(made, intent(quantity=quantity, **terms))


def exit_(made: Engine) -> str:
    """Return the code with which a reduction is refused; empty if it is let through."""
    return code(made, intent(Side.SELL, 1, reduce_only=True))


def code(made: Engine, wish: Any) -> str:
    verdict = made.risk.review(wish)
    made.words.clear()
    return verdict.code.value if isinstance(verdict, Refusal) else ""


def state(made: Engine, name: str) -> BreakerState:
    assert made.breakers is not None
    return made.breakers.board.breakers[name].state


def changes(step: Step, name: str = "") -> list[BreakerChanged]:
    found = [notice for notice in step.notices if isinstance(notice, BreakerChanged)]
    return [each for each in found if not name or each.breaker == name]


def again(made: Engine, settings: BreakerSettings | None, **options: Any) -> Engine:
    """Return a new session that goes on from the state of another one."""
    restored = made.state()
    start = started(USDT=10_000)
    return engine(
        script(), breakers=settings,
        start=type(start)(made.view.now, start.venue, start.balances, restored=restored), **options,
    )  # fmt: skip
