"""What trading stands on has failed: exposure may only fall, or orders only be taken back, until it is restored."""

from __future__ import annotations

from tests.unit.risk.gate import BUY, SELL, C, amend, resting, review, session, told
from tradewind.domain.control import Degraded, Restored, Resumed
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import Purpose
from tradewind.domain.signal import CancelIntent
from tradewind.domain.step import Refusal
from tradewind.testing import STRATEGY, intent

T = 10**15
CLOSE = Degraded(T, "binance market", "no market data for 1800 s")
CANCEL = Degraded(T, "disk", "9 MB are free", cancel_only=True)


def test_close_only_lets_out_and_not_in() -> None:
    made = told(resting(session(held=2)), CLOSE)
    refused = made.risk.review(intent(BUY, 1))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.detail) == (C.CLOSE_ONLY, "no market data for 1800 s")
    assert review(made, SELL, 1) is None
    assert amend(made, quantity=2) is C.CLOSE_ONLY
    assert made.risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-1"))) is None


def test_cancel_only_lets_nothing_go_but_cancels() -> None:
    made = told(resting(session(held=2)), CANCEL)
    assert review(made, BUY, 1) is C.CANCEL_ONLY
    assert review(made, SELL, 1) is C.CANCEL_ONLY
    assert review(made, SELL, 1, reduce_only=True) is C.CANCEL_ONLY
    assert review(made, SELL, 1, reduce_only=True, purpose=Purpose.TIME_LIMIT) is C.CANCEL_ONLY, "policies wait, too"
    assert review(made, SELL, 1, reduce_only=True, purpose=Purpose.PROTECTION) is None
    assert made.risk.review_cancel(CancelIntent(STRATEGY, ClientOrderId("t-1"))) is None


def test_each_cause_is_restored_by_itself_and_not_by_the_operator() -> None:
    made = told(session(held=2), CLOSE, CANCEL, Resumed(T))
    assert review(made, SELL, 1) is C.CANCEL_ONLY
    told(made, Restored(T, "disk"))
    assert review(made, SELL, 1) is None
    assert review(made, BUY, 1) is C.CLOSE_ONLY
    told(made, Restored(T, "never heard of"), Restored(T, "binance market"))
    assert review(made, BUY, 1) is None


def test_the_newest_word_of_a_cause_counts() -> None:
    made = told(session(held=2), CANCEL, Degraded(T, "disk", "better"))
    assert review(made, SELL, 1) is None
    assert review(made, BUY, 1) is C.CLOSE_ONLY


def test_it_goes_on_in_the_next_session() -> None:
    kept = told(session(), CLOSE, CANCEL).risk.state()
    other = session()
    other.risk.restore(kept)
    assert other.risk.close_only == {"binance market": "no market data for 1800 s"}
    assert other.risk.cancel_only == {"disk": "9 MB are free"}
