"""The cards of the venue contract, played by every venue of ours that needs no exchange of Binance's.

Those are in tests/conformance/test_binance_contract.py. What a venue skips stands here, with why: a new reason is seen.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.exchange.stage import MS, PATIENT, bars, on_loop, opened
from tests.unit.runtime.stage import INSTRUMENT, OPENING, START, USDT, Past
from tradewind.domain import events as ev
from tradewind.domain.commands import QueryAccount, SubmitOrder
from tradewind.domain.money import money_context
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.time import Interval
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.testing.contract import ABILITIES, CARDS, Card, InProcess, Stage, listed, played
from tradewind.testing.contract import stage as contract_stage
from tradewind.venues.mock.venue import MockBars, MockData
from tradewind.venues.registry import VENUES
from tradewind.venues.replay.venue import ReplayClock, ReplayData
from tradewind.venues.sim.models import FixedLatency
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tradewind.domain.market import Bar

PATIENT_BUT_FOR_ANSWERS = replace(PATIENT, answer_seconds=1.0)
KINDS = frozenset({"stop", "stop_limit", "trailing_stop", "post_only", "ioc", "amend", "reduce_only"})
ORDERS, ACCOUNT, MARKET = ({card.id for card in CARDS if card.id.startswith(prefix)} for prefix in ("TC", "TA", "TM"))


def play(stage: Stage) -> set[str]:
    """Play all cards; return the ids of those that were not skipped."""
    with money_context():
        return {card for card, why in asyncio.run(played(CARDS, stage)).items() if not why}


def simulated() -> Stage:
    timeline = Timeline()
    models = SimModels(latency=FixedLatency(10 * MS, 10 * MS, 10 * MS))
    venue = SimVenue([INSTRUMENT], models, timeline, base=USDT, opening=OPENING, calendar=AlwaysOpen())
    return Stage(InProcess(venue, timeline, iter(bars(0, 1_000))), INSTRUMENT, 103.0, Decimal(1), KINDS | {"clock"})


def declared(name: str) -> set[tuple[OrderType, TimeInForce]]:
    """Return the kinds of orders that the table of the venues names."""
    return {(kind, tif) for kind in VENUES[name].order_types for tif in VENUES[name].tif}


def test_lesson_55_and_61_sim_does_what_its_row_of_the_table_says() -> None:
    with money_context():
        stage = simulated()
    assert play(stage) == ORDERS - {"TC-05"} | {"TA-01", "TA-02", "TA-03", "TA-06"}
    assert stage.taken == declared("paper")
    assert {"amend", "post-only", "reduce-only"} <= set(VENUES["paper"].features)


def test_lesson_55_and_61_the_exchange_does_what_its_row_of_the_table_says() -> None:
    async def main() -> None:
        async with opened(bars(0, 20_000), speed=600.0) as floor:
            link = floor.link(PATIENT_BUT_FOR_ANSWERS)

            async def break_link() -> None:
                floor.press_now("disconnect", link="private")

            async def lose_answer() -> None:
                floor.press_now("drop_reply")

            stage = Stage(
                link, INSTRUMENT, 103.0, Decimal(1), KINDS, link,
                break_link=break_link, lose_answer=lose_answer, pace=link,
            )  # fmt: skip
            found = {card for card, why in (await played(CARDS, stage)).items() if not why}
            assert found == ORDERS - {"TC-05"} | (ACCOUNT - {"TA-06"}) | {"TM-01", "TM-02", "TM-03"}
            assert stage.taken == declared("exchange")

    on_loop(main())


def test_mock() -> None:
    made = MockBars(
        [INSTRUMENT], Interval.parse("1m"), pattern="volatile", seed=3, start=START, start_price=100.0, volatility=0.01
    )
    data = MockData(made, count=20, interval_seconds=0.0, error_rate=0.0, seed=3)
    stage = Stage(None, INSTRUMENT, market=data, history=made)
    assert play(stage) == {"TM-01", "TM-02", "TM-03", "TM-05", "TM-06"}


def test_replay() -> None:
    stage = Stage(None, INSTRUMENT, market=ReplayData(bars(0, 20), ReplayClock(None)), history=Past())
    assert play(stage) == {"TM-01", "TM-02", "TM-03", "TM-05", "TM-06"}


# --- the cards find what they are for ---------------------------------------------------------------


def test_ids_are_unique_and_every_reason_is_known() -> None:
    assert len({card.id for card in CARDS}) == len(CARDS)
    assert {name for card in CARDS for name in card.needs} <= set(ABILITIES)
    assert all(card.id in listed(CARDS) for card in CARDS)


def card(name: str) -> Card:
    return next(each for each in CARDS if each.id == name)


def early(number: int) -> Bar:
    """Return a bar that is told before it is closed."""
    bar = bars(number, number + 1)[0]
    return msgspec.structs.replace(bar, ts_recv=bar.ts_venue - 1)


@pytest.mark.parametrize(
    ("name", "market"),
    [
        ("TM-01", [*bars(0, 2), *bars(3, 5)]),
        ("TM-01", [*bars(0, 3), *bars(2, 4)]),
        ("TM-02", [early(0), *bars(1, 4)]),
        ("TM-03", [msgspec.structs.replace(bars(0, 1)[0], low=200.0), *bars(1, 4)]),
    ],
)
def test_a_market_that_does_otherwise_is_found(name: str, market: list[Bar]) -> None:
    stage = Stage(None, INSTRUMENT, market=ReplayData(market, ReplayClock(None)))
    with pytest.raises(AssertionError, match=name):
        asyncio.run(played([card(name)], stage))


class Liar:
    """A venue that takes a simulated one's words and changes them."""

    def __init__(self, inner: InProcess, change: Callable[[Any], list[Any]]) -> None:
        self.inner, self.change = inner, change

    async def execute(self, effect: Any) -> None:
        await self.inner.execute(effect)

    async def events(self) -> AsyncIterator[Any]:
        async for event in self.inner.events():
            for each in self.change(event):
                yield each


def cheaper(event: Any) -> list[Any]:
    if isinstance(event, ev.OrderFilled):
        return [msgspec.structs.replace(event, price=event.price - 1)]
    return [event]


def forgetful(event: Any) -> list[Any]:
    return [msgspec.structs.replace(event, orders=())] if isinstance(event, ev.AccountSnapshot) else [event]


def speechless(event: Any) -> list[Any]:
    return [msgspec.structs.replace(event, reason="")] if isinstance(event, ev.CancelRejected) else [event]


def test_lesson_55_an_order_that_vanishes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that a venue has no word for, and of which nothing is heard any more."""
    monkeypatch.setattr(contract_stage, "ANSWER_SECONDS", 0.5)
    with money_context():
        stage = simulated()
        assert isinstance(stage.venue, InProcess)
        inner, lost = stage.venue, []

        async def execute(effect: Any) -> None:
            kept = isinstance(effect, SubmitOrder) and effect.order.type is OrderType.TRAILING_STOP
            lost.append(effect) if kept else await inner.execute(effect)

        stage.venue = Liar(inner, lambda event: [event])
        stage.venue.execute = execute  # type: ignore[method-assign]
        with pytest.raises(AssertionError, match=r"TC-16: .* has not said so"):
            asyncio.run(played([card("TC-16")], stage))
        assert lost


@pytest.mark.parametrize(
    ("name", "change"),
    [("TA-02", cheaper), ("TA-03", cheaper), ("TC-03", forgetful), ("TA-01", forgetful), ("TC-10", speechless)],
)
def test_a_venue_that_does_otherwise_is_found(name: str, change: Callable[[Any], list[Any]]) -> None:
    with money_context():
        stage = simulated()
        assert isinstance(stage.venue, InProcess)
        stage.venue = Liar(stage.venue, change)
        with pytest.raises(AssertionError, match=name):
            asyncio.run(played([card(name)], stage))


class Breaks:
    """A venue whose link breaks and comes back; the first question after that is lost with another connection.

    Of an outage that it had before no card has asked.
    """

    def __init__(self, inner: InProcess) -> None:
        self.inner = inner
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._loses = False
        self._outage()

    def _outage(self) -> None:
        for up in (False, True):
            self._said.put_nowait(ev.LinkChanged("sim", "private", up=up, ts_recv=START))

    async def break_link(self) -> None:
        self._loses = True
        asyncio.get_running_loop().call_soon(self._outage)

    async def execute(self, effect: Any) -> None:
        if isinstance(effect, QueryAccount) and self._loses:
            self._loses = False
            self._said.put_nowait(ev.SnapshotFailed("sim", "the connection was closed", START, effect.number))
        else:
            await self.inner.execute(effect)

    async def events(self) -> AsyncIterator[Any]:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            while True:
                yield await self._said.get()

    async def _hear(self) -> None:
        async for event in self.inner.events():
            self._said.put_nowait(event)


def test_an_outage_before_is_not_taken_for_the_one_that_comes_and_a_lost_question_is_asked_again() -> None:
    with money_context():
        stage = simulated()
        assert isinstance(stage.venue, InProcess)
        stage.venue = venue = Breaks(stage.venue)
        stage.break_link = venue.break_link
        assert asyncio.run(played([card("TA-05")], stage)) == {"TA-05": ""}
    told = [type(event) for event in stage.reports if isinstance(event, ev.LinkChanged | ev.SnapshotFailed)]
    assert told == [*(4 * [ev.LinkChanged]), ev.SnapshotFailed], "the outage that came was over, then it was asked"


def test_an_account_that_is_not_told_is_found_with_the_venues_reason() -> None:
    with money_context():
        stage = simulated()
        assert isinstance(stage.venue, InProcess)
        stage.venue = venue = Breaks(stage.venue)
        venue._loses = True
        with pytest.raises(AssertionError, match="is not known: the connection was closed"):
            asyncio.run(played([card("TC-03")], stage))
