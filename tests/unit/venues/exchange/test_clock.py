from __future__ import annotations

from tradewind.venues.exchange.clock import LinkClock


class Wall:
    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def test_in_lockstep_it_stands_still_between_what_is_handed_over() -> None:
    wall = Wall()
    clock = LinkClock(wall)
    clock.run(None, 500)
    wall.ns += 1_000_000
    assert clock.now() == 500
    clock.arrive(600)
    assert clock.now() == 600
    clock.hear(9_000)
    assert clock.now() == 600, "what the exchange's time is, is no reason for our timers to fire"


def test_at_a_speed_it_runs_on_between_the_words_and_never_back() -> None:
    wall = Wall()
    clock = LinkClock(wall)
    clock.run(60.0, 500)
    wall.ns += 10
    assert clock.now() == 1_100
    clock.hear(900)
    assert clock.now() == 1_100
    wall.ns += 100
    assert clock.now() == 6_900
