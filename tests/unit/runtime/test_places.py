"""How far a session has come in its data: of a stream, what was seen and what is new make the whole, in any cut."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import EngineState, KeptPlace
from tradewind.domain.events import SessionStarted, TimerFired, WarmupEnded
from tradewind.domain.ids import InstrumentId, TimerId
from tradewind.domain.market import Bar, Quote, Trade
from tradewind.runtime.places import Places

if TYPE_CHECKING:
    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent

BTC, ETH = InstrumentId("x:BTC"), InstrumentId("x:ETH")


def bar(instrument: InstrumentId, ts_open: int) -> Bar:
    return Bar(instrument, "1m", ts_open, ts_open + 60, ts_open + 60, 1.0, 1.0, 1.0, 1.0, 1.0)


def stream(seed: int, count: int = 120) -> list[MarketEvent]:
    """Return sorted bars and ticks, many of one time."""
    draw, ts = random.Random(seed), 0
    events: list[MarketEvent] = []
    for number in range(count):
        ts += draw.choice((0, 0, 1, 60))
        kind = draw.randrange(3)
        instrument = draw.choice((BTC, ETH))
        if kind == 0:
            events.append(bar(instrument, number * 60))
        elif kind == 1:
            events.append(Quote(instrument, ts, ts, 1.0, 2.0, 1.0, float(number)))
        else:
            events.append(Trade(instrument, ts, ts, 1.0, float(number), False, str(number)))
    return sorted(events, key=lambda event: event.ts_recv)


def test_seen_and_new_are_the_whole_wherever_it_is_cut() -> None:
    for seed in range(20):
        events = stream(seed)
        for cut in range(len(events) + 1):
            places = Places()
            for event in events[:cut]:
                places.take(event)
            kept = Places(places.kept())
            until = events[cut - 1].ts_recv if cut else -1
            assert list(kept.new(events)) == events[cut:], (seed, cut)
            assert list(kept.seen(events, until)) == events[:cut], (seed, cut)
            first = kept.earliest()
            if first is not None:
                rest = [e for e in events if e.ts_recv >= first]
                assert list(kept.new(rest)) == events[cut:], "what begins at the earliest place is enough"


def test_a_bar_that_is_late_moves_nothing_back() -> None:
    places = Places()
    late: list[Event] = [bar(BTC, 120), bar(BTC, 60), TimerFired(TimerId("t"), 200)]
    for event in late:
        places.take(event)
    assert places.kept() == (KeptPlace("bar", BTC, "1m", 120, 1),)
    assert list(places.new([bar(BTC, 60), bar(BTC, 120), bar(BTC, 180)])) == [bar(BTC, 180)]


def test_history_that_is_gone_through_again_counts_once_and_moves_what_it_goes_beyond() -> None:
    trades = [Trade(BTC, ts, ts, 1.0, 1.0, False, str(n)) for n, ts in enumerate((100, 200, 200))]
    before = Places()
    first: list[Event] = [bar(BTC, 60), *trades]
    for event in first:
        before.take(event)
    places = Places()
    state = EngineState(ts=300, places=before.kept())
    begun: list[Event] = [SessionStarted(0, "x", (), warming=True, restored=state)]
    for event in (*begun, bar(BTC, 60), *trades, bar(ETH, 120)):
        places.take(event)
    assert places.kept() == before.kept(), "it has not ended"
    places.take(WarmupEnded(300))
    assert places.kept() == (*before.kept(), KeptPlace("bar", ETH, "1m", 120, 1))
