from __future__ import annotations

import math

import pytest

from tradewind.data.market import Market
from tradewind.data.quality import fault
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import BookDelta, BookSnapshot, DataGap
from tradewind.testing import BTC, bar, bars, quote, trade


def market(history: int = 1_000) -> Market:
    return Market([BTC], history)


def test_bars_are_kept_oldest_first_within_bounds() -> None:
    seen = market(history=3)
    for each in bars(1, 2, 3, 4, 5):
        assert seen.take_bar(each) is None
    assert seen.history(BTC, "1m", "close", 10) == [3, 4, 5]
    assert seen.history(BTC, "1m", "open", 2) == [3, 4]
    assert [b.close for b in seen.bars(BTC, "1m", 1)] == [5]
    assert seen.bars(BTC, "1m", 0) == []
    assert seen.bars(BTC, "1h", 5) == ()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_repeated_or_late_bar_is_refused_and_changes_nothing(number: int) -> None:
    seen = market()
    for each in bars(1, 2, 3):
        seen.take_bar(each)
    assert "repeated or late" in str(seen.take_bar(bar(9, number)))
    assert seen.last_price(BTC) == 3
    assert len(seen.bars(BTC, "1m", 10)) == 3


def test_series_of_one_instrument_do_not_disturb_each_other() -> None:
    seen = market()
    seen.take_bar(bar(1, 60))
    assert seen.take_bar(bar(2, 0, interval="1h")) is None


BAD = {
    "low above high": {"low": 11.0, "high": 9.0},
    "close above high": {"high": 9.9},
    "close below low": {"low": 10.1, "high": 11.0},
    "open outside": {"open": 12.0, "high": 11.0, "low": 9.0},
    "no price": {"low": 0.0},
    "negative": {"low": -1.0},
    "nan high": {"high": math.nan},
    "nan close": {"open": math.nan},
    "infinite": {"high": math.inf},
    "negative volume": {"volume": -1.0},
    "nan volume": {"volume": math.nan},
    "infinite volume": {"volume": math.inf},
    "closes before it opens": {"ts_open": 120, "ts_venue": 120, "ts_recv": 500},
    "heard of before it opened": {"ts_open": 10**18, "ts_venue": 10**18 + 1, "ts_recv": 500},
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_lesson_135_a_bar_that_cannot_be_believed_is_refused_and_leaves_no_trace(values: dict) -> None:
    seen, bad = market(), bar(10, **values)
    assert fault(bad)
    assert seen.take_bar(bad) == fault(bad)
    assert (seen.last_price(BTC), seen.bars(BTC, "1m", 5)) == (None, [])
    assert seen.take_bar(bar(10, 0)) is None
    assert isinstance(seen.take_bar(bar(10, 5, low=11.0, high=9.0)), str)
    assert seen.take_bar(bar(10, 1)) is None


def test_a_bar_that_follows_the_last_is_not_believed_before_it_opens() -> None:
    seen = market()
    seen.take_bar(bar(10, 0))
    early = bar(10, 1, ts_recv=bar(10, 0).ts_open)
    assert seen.take_bar(early) == fault(early) == "was heard of before it opened"


def test_a_good_bar_has_no_fault() -> None:
    assert fault(bar(10)) == ""


def test_a_hole_is_told_with_its_ends() -> None:
    seen = market()
    assert [seen.take_bar(bar(10, number)) for number in (0, 1)] == [None, None]
    after = bar(10, 5)
    assert seen.take_bar(after) == DataGap(BTC, "1m", bar(0, 2).ts_open, after.ts_open, after.ts_recv)


def test_the_first_bar_of_a_series_has_no_hole_before_it() -> None:
    assert market().take_bar(bar(10, 77)) is None


def test_an_instrument_that_is_not_ours_is_a_bug() -> None:
    with pytest.raises(KeyError):
        market().take_bar(bar(of=InstrumentId("x:Y")))


def test_quotes_and_trades_set_the_last_price() -> None:
    seen = market()
    assert seen.last_price(BTC) is None
    seen.take_quote(quote(99, 101))
    assert seen.last_price(BTC) == 100
    seen.take_trade(trade(105))
    assert seen.last_price(BTC) == 105
    assert seen.last_price(InstrumentId("x:Y")) is None


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (1.0, math.nan), (1.0, math.inf)])
def test_a_quote_that_is_none_leaves_the_last_price(bid: float, ask: float) -> None:
    seen = market()
    seen.take_quote(quote(bid, ask))
    assert seen.last_price(BTC) is None


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_a_trade_at_no_price_leaves_the_last_price(price: float) -> None:
    seen = market()
    seen.take_trade(trade(price))
    assert seen.last_price(BTC) is None


def test_an_older_bar_does_not_bring_its_price_back() -> None:
    """An hour that is closed by the first minute after a hole is older than that minute."""
    seen = market()
    seen.take_bar(bar(100, 60))
    assert seen.take_bar(bar(50, 0, interval="1h", ts_recv=bar(0, 60).ts_recv)) is None
    assert seen.last_price(BTC) == 100
    seen.take_quote(quote(109, 111, ts=bar(0, 62).ts_venue))
    seen.take_bar(bar(90, 61))
    assert seen.last_price(BTC) == 110


def test_a_book_gives_its_middle_as_the_price_until_it_has_a_hole() -> None:
    seen = market()
    seen.take_book(BookSnapshot(BTC, 1, 1, 10, bids=((99.0, 1.0),), asks=((101.0, 1.0),)))
    assert seen.last_price(BTC) == 100.0
    seen.take_book(BookDelta(BTC, 2, 2, 11, 11, bids=((100.0, 2.0),), asks=()))
    assert seen.last_price(BTC) == 100.5
    seen.take_book(BookDelta(BTC, 3, 3, 15, 15, bids=((100.8, 2.0),), asks=()))
    assert seen.last_price(BTC) == 100.5, "updates 12 to 14 are missing: what the book says now is not known"
    seen.take_book(BookSnapshot(BTC, 4, 4, 20, bids=((102.0, 1.0),), asks=((104.0, 1.0),)))
    assert seen.last_price(BTC) == 103.0
