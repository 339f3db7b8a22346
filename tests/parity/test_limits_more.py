"""Lines of risk-and-positions.md that were shown in the core alone, as written sessions in all three ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.parity.scripts import ETH, Script, bars, notices, refusals, spot, three_ways
from tests.parity.test_limits import MARGIN, QUIET, both, limited, only
from tests.parity.worlds import START
from tradewind.domain.approval import EntrySized, FillDeviated
from tradewind.domain.breakers import BreakerChanged
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.settings import EngineSettings
from tradewind.risk.breakers.settings import AccountLimits, BreakerSettings
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.limits import Limits
from tradewind.risk.macro import MacroConfig, MacroEvent

if TYPE_CHECKING:
    from tradewind.domain.step import Step

C, D = RefusalCode, Decimal
LEVERED = tuple(
    spot(name, kind=InstrumentKind.PERPETUAL, margin_initial=D("0.1")) for name in ("BTCUSDT", "ETHUSDT")
)  # fmt: skip


def factors(steps: list[Step]) -> list[Decimal]:
    """Return what dynamic risk multiplied the entries in ether by."""
    return [dict(told.factors)["dynamic_risk"] for _, told in notices(steps, EntrySized) if told.instrument == ETH]


def drawn_down(*closes: float) -> list[Decimal]:
    """Hold 100 coins of 10,000, so that the price is a hundredth of the equity, and enter ether at each close."""
    acts: dict[int, Any] = {0: lambda ctx: ctx.buy(100)}
    acts |= {number: lambda ctx: ctx.buy(1, "ETHUSDT") for number in range(2, len(closes) + 2)}
    settings = limited(parameters=only(dynamic=QUIET))
    script = Script.of(both(100.0, 100.0, *closes), acts, settings=settings, instruments=LEVERED)
    return factors(three_ways(script, account=MARGIN, free=True))


def test_rp_5_1_each_tier_of_a_drawdown_in_three_ways() -> None:
    assert drawn_down(95.01, 95.0, 90.01, 90.0, 85.01, 85.0) == [D(1), D("0.8"), D("0.8"), D("0.6"), D("0.6"), D("0.4")]


def test_rp_5_2_a_rise_off_the_trough_gives_tiers_back_in_three_ways() -> None:
    found = drawn_down(82.0, 83.0, 83.63, 83.64, 86.1, 95.01)
    assert found == [D("0.4"), D("0.4"), D("0.4"), D("0.6"), D("0.8"), D(1)]


def test_rp_5_4_ten_lost_trades_make_entries_smaller_and_nine_do_not_in_three_ways() -> None:
    acts: dict[int, Any] = {number: lambda ctx: ctx.buy(1) for number in range(0, 22, 2)}
    acts |= {number: lambda ctx: ctx.close() for number in range(1, 22, 2)}
    falling = tuple(round(100 - number / 10, 1) for number in range(24))
    script = Script.of(both(*falling), acts, settings=limited(parameters=only(dynamic=QUIET)), instruments=LEVERED)
    steps = three_ways(script, account=MARGIN, free=True)
    found = [dict(told.factors)["dynamic_risk"] for _, told in notices(steps, EntrySized)]
    assert found == [D(1)] * 10 + [D("0.6")]


def test_rp_13_4_the_governor_goes_by_equity_and_not_by_cash_in_three_ways() -> None:
    """RP 13.4: 4,000 of 10,000 are held and the cap is .5: there is room for .1, where of the cash there is none."""
    limits = Limits(parameters=only(governor=GovernorConfig(unknown=D("0.5"))))
    acts = {0: lambda ctx: ctx.buy(40), 2: lambda ctx: ctx.buy(20), 4: lambda ctx: ctx.buy(1)}
    settings = EngineSettings(data_interval="1m", limits=limits)
    steps = three_ways(Script.of(bars(*[100.0] * 6), acts, settings=settings), free=True)
    assert [(at, told.size) for at, told in notices(steps, EntrySized)] == [(0, D("0.4")), (2, D("0.1"))]
    assert [(at, refused.code) for at, refused in refusals(steps)] == [(4, C.GOVERNOR)]


def test_rp_14_1_both_ends_of_a_macro_window_are_in_it_in_three_ways() -> None:
    event = MacroEvent("prices", "CPI", START + 5 * NS_PER_MINUTE, D("0.05"), D("0.05"))
    far = MacroEvent("later", "CPI", START + 10**15)
    limits = Limits(parameters=only(macro=MacroConfig((event, far))))
    acts = {number: lambda ctx: ctx.buy("0.1") for number in range(10)}
    settings = EngineSettings(data_interval="1m", limits=limits)
    steps = three_ways(Script.of(bars(*[100.0] * 11), acts, settings=settings), free=True)
    assert [(at, refused.code) for at, refused in refusals(steps)] == [(at, C.MACRO_EVENT) for at in range(1, 8)]
    assert [at for at, _ in notices(steps, EntrySized)] == [0, 8, 9]


def test_rp_15_5_and_lesson_87_a_degraded_reading_trips_nothing_in_three_ways() -> None:
    """Ether has halved while bitcoin had no price for more than two minutes: it is judged with the next one."""
    quiet = (*bars(100.0, 100.0), *bars(100.0, 100.0, first=8))
    ether = tuple(
        replace(each, open=price, high=max(price, 5.0), low=price, close=price)
        for each, price in zip(bars(*[10.0] * 10, of=ETH), (*[10.0] * 5, *[5.0] * 5), strict=True)
    )
    events = tuple(sorted((*ether, *quiet), key=lambda each: each.ts_recv))
    acts = {0: lambda ctx: (ctx.buy(1), ctx.buy(250, "ETHUSDT"))}
    settings = replace(
        limited(), breakers=BreakerSettings(account=AccountLimits(), max_drawdown=None, mark_age_ns=2 * NS_PER_MINUTE)
    )
    steps = three_ways(Script.of(events, acts, settings=settings, instruments=LEVERED), account=MARGIN, free=True)
    assert [(at, each.breaker) for at, each in notices(steps, BreakerChanged)] == [(8, "account_daily")]


def test_a_fill_far_from_its_price_is_told_and_beyond_belief_only_reductions_pass_in_three_ways() -> None:
    """Section 2, `max_filled_price_deviation`: bars that open 4.9, 5 and 60 per cent above the last close.

    And below it, where a purchase is better than it was asked for, and a sale is worse.
    """
    opens = {2: 104.9, 4: 105.0, 6: 40.0, 8: 95.0, 10: 160.0}
    events = tuple(
        replace(each, open=price, high=max(price, 100.0), low=min(price, 100.0))
        if (price := opens.get(number)) else each
        for number, each in enumerate(bars(*[100.0] * 14))
    )  # fmt: skip
    acts: dict[int, Any] = {number: lambda ctx: ctx.buy(1) for number in (1, 3, 5, 9, 11)}
    acts |= {7: lambda ctx: ctx.sell(1), 12: lambda ctx: ctx.close()}
    limits = Limits(parameters=only(max_filled_price_deviation=D("0.05")))
    script = Script.of(events, acts, settings=EngineSettings(data_interval="1m", limits=limits))
    steps = three_ways(script, free=True)
    told = [(bar, each.deviation, each.is_held) for bar, each in notices(steps, FillDeviated)]
    assert told == [(4, D("0.05"), False), (8, D("0.05"), False), (10, D("0.6"), True)]
    assert [(bar, refused.code) for bar, refused in refusals(steps)] == [(11, C.CLOSE_ONLY)]
    sold = [
        e.order.quantity for step in steps for e in step.effects if isinstance(e, SubmitOrder) and e.order.reduce_only
    ]
    assert sold == [D(3)]
