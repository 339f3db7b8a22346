"""One suite for every venue that simulates: the same card is played at each, and each must say the same, in order.

A card is a list of requests by the number of the bar after which they are sent. To add a venue, write who plays.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.exchange.stage import bars, on_loop, opened
from tests.unit.runtime.stage import COIN, INSTRUMENT, OPENING, START, USDT
from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.events import RANK
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.venues.sim.models import FixedLatency
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.commands import Effect

    Card = dict[int, list[Effect]]
    Player = Callable[[Card], list[Any]]

BARS = 8
WAY_NS = 10_000_000
LIMIT, STOP, MARKET = OrderType.LIMIT, OrderType.STOP, OrderType.MARKET


def order(number: int, kind: OrderType = MARKET, side: Side = Side.BUY, quantity: str = "1", **terms: Any) -> OrderSpec:
    return OrderSpec(ClientOrderId(f"tw-{number}"), StrategyId("s"), COIN, side, kind, Decimal(quantity), **terms)


def submit(*args: Any, **terms: Any) -> SubmitOrder:
    return SubmitOrder(order(*args, **terms))


def name(number: int) -> ClientOrderId:
    return ClientOrderId(f"tw-{number}")


LOW, HIGH = Decimal(50), Decimal(500)
CARDS: dict[str, Card] = {
    "market order": {0: [submit(1)]},
    "limit that rests and is taken back": {0: [submit(1, LIMIT, price=LOW)], 2: [CancelOrder(name(1), COIN)]},
    "limit that is amended into the market": {
        0: [submit(1, LIMIT, price=LOW)],
        1: [AmendOrder(name(1), COIN, price=HIGH, number=1)],
    },
    "stop that is reached": {0: [submit(1)], 2: [submit(2, STOP, Side.SELL, trigger=Decimal(101))]},
    "bracket": {
        0: [
            SubmitOrder(
                order(1),
                (
                    order(2, STOP, Side.SELL, trigger=LOW, parent=name(1), oco="x"),
                    order(3, LIMIT, Side.SELL, price=Decimal(103), parent=name(1), oco="x"),
                ),
            )
        ]
    },
    "more than the account can pay": {0: [submit(1, quantity="1000")]},
    "post-only that would take": {1: [submit(1, LIMIT, price=HIGH, post_only=True)]},
    "immediate or cancel": {1: [submit(1, LIMIT, price=LOW, tif=TimeInForce.IOC)]},
    "cancel of what is not there": {1: [CancelOrder(name(9), COIN)]},
    "cancel of what has filled": {0: [submit(1)], 3: [CancelOrder(name(1), COIN)]},
    "amendment of what is not there": {1: [AmendOrder(name(9), COIN, price=LOW, number=1)]},
    "question about what is there": {0: [submit(1)], 3: [QueryOrder(name(1), COIN)]},
    "question about what is not there": {1: [QueryOrder(name(9), COIN)]},
    "the account": {0: [submit(1), submit(2, LIMIT, price=LOW)], 3: [QueryAccount(0)]},
    "requests in one turn keep their order": {
        1: [submit(1, LIMIT, price=LOW), AmendOrder(name(1), COIN, price=LOW - 1, number=1), CancelOrder(name(1), COIN)]
    },
}


def models() -> SimModels:
    return SimModels(latency=FixedLatency(WAY_NS, WAY_NS, WAY_NS))


def in_this_process(card: Card) -> list[Any]:
    """Play a card at the simulated venue itself."""
    heard: list[Any] = []
    with money_context():
        timeline = Timeline()
        venue = SimVenue([INSTRUMENT], models(), timeline, base=USDT, opening=OPENING, calendar=AlwaysOpen())

        def hear(ts: int) -> None:
            while (event := timeline.pop_before(ts, RANK[Bar])) is not None:
                heard.append(event)

        for number, bar in enumerate(bars(0, BARS)):
            hear(bar.ts_recv)
            venue.on_market(bar)
            hear(bar.ts_recv)
            heard.append(bar)
            for effect in card.get(number, ()):
                venue.execute(effect, bar.ts_recv)
        hear(START + BARS * 60 * NS_PER_SECOND + 30 * NS_PER_SECOND)
    return heard


def reports_in(heard: list[Any]) -> int:
    return sum(not isinstance(event, Bar) for event in heard)


def in_another(card: Card) -> list[Any]:
    """Play a card at an exchange behind a socket, in lockstep."""
    heard: list[Any] = []

    async def main() -> None:
        async with opened(bars(0, BARS), latency=WAY_NS) as floor:
            link = floor.link()

            def take(event: Any) -> None:
                heard.append(event)
                asyncio.get_running_loop().call_soon(lambda: link.taken(link.handed(), NEVER))

            async def reports() -> None:
                async for event in link.events():
                    take(event)

            link.taken(link.handed(), NEVER)
            hearing = asyncio.create_task(reports())
            number = 0
            async for event in link.stream():
                if event is None:
                    continue
                heard.append(event)
                for effect in card.get(number, ()):
                    await link.execute(effect)
                number += 1
                asyncio.get_running_loop().call_soon(lambda: link.taken(link.handed(), NEVER))
            link.leave()
            async with asyncio.timeout(100):
                while floor.account.due != NEVER or floor.account.reports.last > reports_in(heard):  # noqa: ASYNC110 - nobody sets an Event
                    await asyncio.sleep(0.005)
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    on_loop(main())
    return heard


PLAYERS: dict[str, Player] = {"in this process": in_this_process, "in another": in_another}


@pytest.mark.parametrize("card", CARDS)
def test_lesson_53_every_venue_says_the_same(card: str) -> None:
    said = {player: [msgspec.to_builtins(each) for each in play(CARDS[card])] for player, play in PLAYERS.items()}
    first = said["in this process"]
    assert len(first) > BARS, "somebody answers"
    assert all(each == first for each in said.values())


def test_lesson_51_a_submit_that_is_repeated_is_executed_once_everywhere() -> None:
    for play in PLAYERS.values():
        heard = play({0: [submit(1)], 1: [submit(1)], 3: [QueryOrder(name(1), COIN)]})
        assert {event.trade_id for event in heard if isinstance(event, ev.OrderFilled)} == {"sim-t2"}
        assert any(isinstance(event, ev.OrderFound) for event in heard)
