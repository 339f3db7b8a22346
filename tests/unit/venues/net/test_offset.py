"""The venue's time by ours; what the way explains is no error, and time never goes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tradewind.venues._net.freshness import Freshness
from tradewind.venues._net.masking import masked
from tradewind.venues._net.offset import ClockOffset, VenueClock


def test_the_quickest_answer_says_the_offset() -> None:
    offset = ClockOffset()
    assert (offset.ns, offset.is_known) == (0, False)
    offset.answered(1_000, 6_500, 2_000)
    assert offset.ns == 5_000
    offset.answered(3_000, 8_050, 3_100)
    assert offset.ns == 5_000
    offset.answered(4_000, 9_070, 4_040)
    assert offset.ns == 5_050
    offset.answered(9_000, 1, 8_000)
    assert offset.ns == 5_050, "an answer before its question is that of a clock that was set"
    offset.forget()
    assert not offset.is_known


def test_a_venues_clock_moves_with_what_happens() -> None:
    wall = [100]
    clock = VenueClock(lambda: wall[0], 10)
    assert clock.now() == 110
    assert clock.arrive(500) == 500
    wall[0] = 150
    assert clock.now() == 550
    assert clock.arrive(20) == 550
    clock.answered(550, 560, 600)
    assert clock.now() == 550, "the way there and back explains it"
    clock.answered(550, 400, 560)
    assert clock.now() == 550, "it stands still until the time has come"
    wall[0] = 400
    assert clock.now() == 645


@given(st.lists(st.tuples(st.sampled_from(["wall", "arrive", "answer"]), st.integers(0, 10**6)), max_size=40))
def test_time_never_goes_back(steps: list[tuple[str, int]]) -> None:
    wall, last = [0], 0
    clock = VenueClock(lambda: wall[0], 0)
    for kind, value in steps:
        if kind == "wall":
            wall[0] = value
        elif kind == "arrive":
            clock.arrive(value)
        else:
            clock.answered(clock.now(), value, clock.now())
        assert clock.now() >= last
        last = clock.now()


def test_a_subscription_that_is_silent_is_named() -> None:
    fresh = Freshness(["a", "b"], 10_000_000_000, 0)
    assert fresh.silent(9_999_999_999) == ""
    fresh.heard("a", 5_000_000_000)
    fresh.heard("nobody's", 5_000_000_000)
    assert fresh.silent(10_000_000_000) == "b: not one word for 10 s"
    fresh.heard("b", 10_000_000_000)
    assert fresh.silent(15_000_000_000) == "a: no more data for 10 s"


def test_secrets_are_taken_out_of_texts() -> None:
    text = (
        "GET /api/v3/order?symbol=X&signature=abc&timestamp=1 X-MBX-APIKEY: key1 "
        '{"apiKey": "key2", "msg": "fine", "listenKey":"key3"} wss://x/ws/abcdefghijklmnopqrstuvwxyz0123456789'
    )
    told = masked(text)
    for secret in ("abc&", "key1", "key2", "key3", "abcdefghijklm"):
        assert secret not in told
    assert "symbol=X" in told
    assert '"msg": "fine"' in told
    assert len(masked("x" * 10_000)) < 2_100
