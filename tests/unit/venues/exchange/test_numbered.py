from __future__ import annotations

import random

from tradewind.venues.exchange.numbered import Numbered


def begun(after: int = 0) -> Numbered[str]:
    numbered: Numbered[str] = Numbered()
    numbered.begin(after)
    return numbered


def test_whatever_is_doubled_or_swapped_comes_once_in_order() -> None:
    draw = random.Random(1)
    for _ in range(100):
        numbers = [*range(1, 30), *(draw.randint(1, 29) for _ in range(10))]
        draw.shuffle(numbers)
        numbered = begun()
        assert [item for number in numbers for item in numbered.take(number, str(number))] == [
            str(number) for number in range(1, 30)
        ]
        assert not numbered.lacks


def test_what_was_sent_and_has_not_come_is_missed() -> None:
    numbered = begun(after=5)
    assert numbered.take(7, "7") == []
    assert numbered.lacks
    assert numbered.take(6, "6") == ["6", "7"]
    numbered.told(9)
    assert numbered.lacks, "the other side says that it sent more"


def test_a_new_link_goes_on_after_the_last_one() -> None:
    numbered = begun()
    numbered.take(1, "1")
    numbered.take(3, "3")
    numbered.begin(1)
    assert not numbered.lacks, "it is told again"
    assert numbered.take(2, "2") == ["2"]
    numbered.begin(40)
    assert numbered.last == 40, "what the other side does not keep any more is not waited for"
