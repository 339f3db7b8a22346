"""Breakers of signal keys: the same as those of other sessions, of each key for itself, over restarts too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live
from tests.unit.app.signals.market import SYMBOL, Market, Script, backtest, both, define, plan, told
from tradewind.domain.errors import ConfigError, SignalError
from tradewind.signals import Live

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tradewind.signals import SignalResult

LOSSES = {"account": {"mode": "off"}, "consecutive_losses": {"max_losses": 2, "cool_down_seconds": 1_200}}
DAY = {"account": {"daily_loss_limit": 0.02}}
WHO: Any = NAMES
FREE = {"slippage_pct": "0", "fee_pct": "0", "balance": 2_000}
FALLS = dict.fromkeys(range(100), (50000.0, 50000.0, 48900.0, 50000.0))
"""Each minute goes through the stop and comes back."""


def asking(*minutes: int, **terms: Any) -> Script:
    return Script({n: plan(**terms) for n in minutes})


def opened(results: list[SignalResult]) -> list[float]:
    return [minute for action, minute, *_ in told(results) if action == "opened"]


def test_two_lost_trades_hold_the_next_entry_until_the_cool_down_is_over(errors: list[str]) -> None:
    """With costs each of them is lost; what is refused uses up no slot, so the key asks again."""
    define(Market(changes=FALLS), asking(0, 5, 10, 15, 20, 25, 30, 40), exchange={"breakers": LOSSES})
    results = both()
    assert opened(results) == [0, 5, 30, 40], "20 minutes after the second, which ended at 6: not at 25"
    assert sum("risk: breaker: breaker consecutive_losses" in error for error in errors) == 2 * 4
    define(Market(changes=FALLS), asking(0, 5, 10), exchange={})
    assert opened(both()) == [0, 5, 10], "without breakers as before"


@pytest.mark.parametrize(("cost", "held"), [(990, True), (1_000, True), (980, False)])
def test_a_days_loss_is_of_the_keys_account(cost: int, held: bool, errors: list[str]) -> None:
    """A stop 2 % away costs 19.6, 19.8 and 20 of 2,000: the limit is a fraction of 0.0099."""
    day = {"account": {"daily_loss_limit": 0.0099}}
    define(Market(changes=FALLS), asking(0, 5), exchange={"breakers": day, **FREE}, cost=cost)
    results = both()
    assert len(opened(results)) == (1 if held else 2)
    assert any("daily_loss" in error for error in errors) is held


@pytest.mark.parametrize("action", ["flatten", "reduce"])
def test_what_is_open_is_closed_or_halved(action: str) -> None:
    """At minute 3 the mark has cost 15 of 2,000, and the stop would cost 20."""
    dips = dict.fromkeys(range(3, 30), (49250.0,))
    limit = {"account": {"mode": "off"}, "daily_loss": {"fraction": 0.0074, "action": action}}
    define(Market(changes=dips), asking(0), exchange={"breakers": limit, **FREE}, cost=1_000)
    moves = told(both())
    assert moves[1][:2] == ("opened", 0)
    if action == "flatten":
        assert moves[2][0] == "closed"
        assert moves[2][1] in (4, 5)
        assert moves[2][3] == pytest.approx(-1.5)
    else:
        assert moves[2][0:2] == ("closed", 60), "what is left of it ends by its time"


def story(acts: Callable[[SimClock], Any]) -> Callable[[SimClock], Any]:
    """Return a story in which the key `s` runs while `acts` is told."""

    async def told_of(clock: SimClock) -> Any:
        cancel = await Live.background(SYMBOL, **WHO)
        try:
            return await acts(clock)
        finally:
            cancel(close=True)
            await clock.go_to(98)
            await cancel.wait()

    return told_of


LATCHING = {"account": {"mode": "off"}, "max_drawdown": {}, "drawdown": {"fraction": 0.0099}}


def test_what_has_latched_is_latched_after_a_restart_until_it_is_reset(tmp_path: Path, errors: list[str]) -> None:
    """The account goes on as well: the second session has what the first has lost."""
    define(
        Market(changes=FALLS), asking(0, 10, 20, 30), exchange={"breakers": LATCHING, **FREE}, cost=1_000,
    )  # fmt: skip
    assert opened(live(tmp_path, -1, 5)) == [0]
    assert opened(live(tmp_path, 8, 15)) == []
    assert any("breaker_drawdown" in error for error in errors)

    async def reset(clock: SimClock) -> tuple[dict[str, str], str, dict[str, str]]:
        await clock.go_to(18)
        before = (await Live.status(SYMBOL, **WHO)).breakers
        with pytest.raises(SignalError, match="no breaker of this key"):
            await Live.reset_breaker(SYMBOL, breaker="nothing", reason="so", **WHO)
        with pytest.raises(SignalError, match="a reset needs a reason"):
            await Live.reset_breaker(SYMBOL, breaker="drawdown", reason="", **WHO)
        stands = await Live.reset_breaker(SYMBOL, breaker="drawdown", reason="looked", operator="ann", **WHO)
        await clock.go_to(25)
        return before, stands, (await Live.status(SYMBOL, **WHO)).breakers

    before, stands, after = at_work(tmp_path, 17, story(reset))
    assert before["drawdown"] == "latched"
    assert stands in ("half_open", "closed")
    assert after["drawdown"] == "latched", "it was reset, traded at 20, lost as much again, and latched anew"

    async def verified(clock: SimClock) -> int:
        return sum(each.steps for each in await Live.verify(SYMBOL, **WHO))

    assert at_work(tmp_path, 30, verified) > 30, "each journal comes out the same"


def test_mistakes_are_told_and_what_no_key_can_do_is_refused() -> None:
    for wrong, why in (
        ({"account": {"daily_loss_limit": -1}}, "breakers: account.daily_loss_limit"),
        ({"acount": {}}, "breakers: acount"),
        ({"account": {"action": "stop"}}, "action stop ends a session"),
    ):
        with pytest.raises(ConfigError, match=why):
            define(Market(), asking(0), exchange={"breakers": wrong})
    define(Market(changes=FALLS), asking(0, 5), exchange={"breakers": {"enabled": False}})
    assert opened(backtest()) == [0, 5]
