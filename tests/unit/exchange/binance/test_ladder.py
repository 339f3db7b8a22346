"""The book that everybody sees, and its changes."""

from __future__ import annotations

from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import BookDelta, BookSnapshot
from tradewind.exchange.binance.ladder import Changes, PublicBook

NAME = InstrumentId("mock:BTCUSDT")


def book() -> PublicBook:
    made = PublicBook()
    made.on_market(BookSnapshot(NAME, 0, 0, 1, ((99.0, 1.0), (98.0, 2.0)), ((101.0, 1.0),)))
    made.pending["all"] = Changes(made.last_id)
    return made


def test_what_rests_of_ours_stands_in_the_book_and_goes_again() -> None:
    made = book()
    assert made.lay_over({99.0: 0.5, 99.5: 1.0}, {})
    assert made.best == (99.5, 1.0, 101.0, 1.0)
    assert made.snapshot(2)["bids"] == [["99.50000000", "1.00000000"], ["99.00000000", "1.50000000"]]
    assert made.lay_over({}, {})
    assert made.best == (99.0, 1.0, 101.0, 1.0)
    assert not made.lay_over({}, {})


def test_changes_and_a_snapshot_make_the_book() -> None:
    made = book()
    before = made.snapshot(10)
    made.on_market(BookDelta(NAME, 0, 0, 2, 2, ((99.0, 0.0), (97.0, 3.0)), ((101.0, 4.0),)))
    made.lay_over({98.0: 1.0}, {})
    told = made.pending["all"].take("BTCUSDT", 7)
    assert told is not None
    assert told["U"] == int(str(before["lastUpdateId"])) + 1
    assert told["u"] == made.last_id
    sides = {"b": dict(before["bids"]), "a": dict(before["asks"])}  # type: ignore[call-overload]
    for side, levels in sides.items():
        for price, size in told[side]:  # type: ignore[attr-defined]
            levels.pop(price, None)
            if float(size):
                levels[price] = size
    after = made.snapshot(10)
    assert sides == {"b": dict(after["bids"]), "a": dict(after["asks"])}  # type: ignore[call-overload]


def test_each_change_is_told_once_and_the_numbers_follow_each_other() -> None:
    made = book()
    made.lay_over({99.5: 1.0}, {})
    first = made.pending["all"].take("BTCUSDT", 0)
    assert made.pending["all"].take("BTCUSDT", 0) is None
    made.lay_over({}, {})
    second = made.pending["all"].take("BTCUSDT", 0)
    assert first is not None
    assert second is not None
    assert (second["U"], second["pu"]) == (int(str(first["u"])) + 1, first["u"])


def test_a_new_snapshot_shows_only_what_is_in_it() -> None:
    made = book()
    made.on_market(BookSnapshot(NAME, 0, 0, 9, ((90.0, 1.0),), ((91.0, 1.0),)))
    assert made.snapshot(10)["bids"] == [["90.00000000", "1.00000000"]]
    assert made.best == (90.0, 1.0, 91.0, 1.0)
