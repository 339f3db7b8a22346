"""Cards of the account: what it has is what was traded, and nothing of it is lost when a connection or an answer is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import QueryOrder
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Side
from tradewind.domain.time import NS_PER_SECOND
from tradewind.testing.contract.card import Card
from tradewind.testing.contract.stage import ANSWER_SECONDS

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.testing.contract.stage import Stage

CLOCK_NS = 5 * NS_PER_SECOND
PAUSE_SECONDS = 0.05


def _held(stage: Stage, told: ev.AccountSnapshot) -> Decimal:
    assert told.positions is not None, "the account is asked for positions, and has none to tell"
    return sum((p.quantity for p in told.positions if p.instrument == stage.instrument.id), ZERO)


def _cash(stage: Stage, told: ev.AccountSnapshot) -> Decimal:
    assert told.balances is not None, "the account is asked for balances, and has none to tell"
    return sum((b.total for b in told.balances if b.asset == stage.instrument.quote), ZERO)


async def _lists_orders(stage: Stage) -> None:
    gone, *left = [await stage.rest() for _ in range(3)]
    await stage.cancel(gone)
    there = {each.order: each for each in (await stage.account()).orders or ()}
    assert gone.id not in there, "TA-01: it lists what was cancelled"
    for spec in left:
        row = there.get(spec.id)
        assert row is not None, f"TA-01: {spec.id} is not listed"
        assert (row.side, row.quantity, row.filled, row.price) == (spec.side, spec.quantity, ZERO, spec.price), (
            f"TA-01: {row}"
        )
        await stage.cancel(spec)


async def _repeats_fills(stage: Stage) -> None:
    told = {fill.trade_id: fill for side in (Side.BUY, Side.SELL) for fill in await stage.trade(side)}
    listed = [
        fill for fill in (await stage.account(since=0)).fills or () if fill.order in {f.order for f in told.values()}
    ]
    assert len({fill.trade_id for fill in listed}) == len(listed), "TA-02: an execution is listed twice"
    ours = {(f.trade_id, f.order, f.quantity, f.price, f.fee) for f in told.values()}
    assert {(f.trade_id, f.order, f.quantity, f.price, f.fee) for f in listed} == ours, "TA-02"


async def _adds_up(stage: Stage) -> None:
    before = await stage.account()
    fills = await stage.trade(Side.BUY)
    after = await stage.account()
    bought = sum((f.quantity for f in fills), ZERO)
    in_base = sum((f.fee for f in fills if f.fee_asset == stage.instrument.base), ZERO)
    in_quote = sum((f.fee for f in fills if f.fee_asset == stage.instrument.quote), ZERO)
    paid = sum((stage.instrument.notional(f.quantity, f.price) for f in fills), ZERO)
    if after.account is AccountKind.MARGIN:
        paid = ZERO  # a contract is held against collateral, and nothing is paid for it
    got = _held(stage, after) - _held(stage, before)
    assert got == bought - in_base, f"TA-03: {bought} bought, {in_base} taken as fees, {got} more"
    gone = _cash(stage, before) - _cash(stage, after)
    assert gone == paid + in_quote, f"TA-03: {paid} paid, {in_quote} taken as fees, {gone} gone"
    await stage.trade(Side.SELL, quantity=stage.instrument.quantity(got))


async def _is_settled(stage: Stage) -> None:
    assert stage.lose_answer is not None
    await stage.lose_answer()
    spec = await stage.submit(stage.order(OrderType.LIMIT, price=stage.far(0.9)))
    await stage.until((ev.OutcomeUnknown, ev.OrderAccepted), spec.id)
    while True:
        await stage.send(QueryOrder(spec.id, stage.instrument.id))
        kinds = (ev.OrderFound, ev.OrderNotFound, ev.LookupFailed)
        answer = await stage.until(kinds, spec.id)
        assert not isinstance(answer, ev.OrderNotFound), "TA-04: it was carried out, and is not found"
        if isinstance(answer, ev.OrderFound):
            break
    there = [each for each in (await stage.account()).orders or () if each.order == spec.id]
    assert len(there) == 1, f"TA-04: {there}"
    await stage.cancel(spec)


async def _account_again(stage: Stage) -> ev.AccountSnapshot:
    """Ask until it is known: a question may be lost with another connection, which is found broken later."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            told = await stage.look()
            if isinstance(told, ev.AccountSnapshot):
                return told
            await asyncio.sleep(PAUSE_SECONDS)


async def _comes_back(stage: Stage) -> None:
    assert stage.break_link is not None
    spec = await stage.rest()
    # One of an outage before must not be taken for the one that comes.
    stage.heard = [event for event in stage.heard if not isinstance(event, ev.LinkChanged)]
    await stage.break_link()
    while (await stage.until(ev.LinkChanged)).up:
        pass
    while not (await stage.until(ev.LinkChanged)).up:
        pass
    there = {each.order for each in (await _account_again(stage)).orders or ()}
    assert spec.id in there, "TA-05: it is not there any more"
    await stage.cancel(spec)


async def _keeps_time(stage: Stage) -> None:
    spec = await stage.rest()
    await stage.cancel(spec)
    told = [event for event in stage.reports if isinstance(event, ev.OrderAccepted) and event.order == spec.id]
    apart = [event.ts_recv - event.ts_venue for event in told]
    assert apart, "TA-06"
    assert all(abs(each) < CLOCK_NS for each in apart), f"TA-06: the clocks are {max(apart, key=abs)} ns apart"


ACCOUNT = (
    Card(
        "TA-01",
        "the account lists the orders that rest, as they were sent, and no others of ours",
        _lists_orders,
        ("orders",),
    ),
    Card("TA-02", "the account repeats executions under their ids, each once", _repeats_fills, ("orders",)),
    Card("TA-03", "position and cash change by what was traded and its fees, to the last digit", _adds_up, ("orders",)),
    Card(
        "TA-04",
        "an order whose answer is lost is found under its id, and there once",
        _is_settled,
        ("orders", "lost_answer"),
    ),
    Card(
        "TA-05", "a broken connection is told, comes back, and orders outlive it", _comes_back, ("orders", "reconnect")
    ),
    Card("TA-06", "our time of a report is the venue's within seconds", _keeps_time, ("orders", "clock")),
)
