"""Made-up input that must trip a breaker: what each is given in a drill, at its limit and not beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.risk.breakers.states import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs
    from tradewind.risk.breakers.board import Board
    from tradewind.risk.breakers.settings import BreakerSettings


def feed(board: Board, settings: BreakerSettings, name: str, now: TimeNs) -> str:
    """Trip a breaker by its own input, on a copy of the board; return why that is impossible, empty if it was done."""
    limit = next((limit for limit in board.limits if limit.breaker == name), None)
    if limit is None:
        FEEDS[name](board, settings, now)
        return ""
    floor = limit.floor(board.worth)
    if floor is None:
        return "it is not armed yet: equity has not been known"
    board.judge(limit, floor, now)
    return ""


def _orders(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.order_rate is not None
    for _ in range(settings.order_rate.most):
        board.conduct.count_order(now)
    board.conduct.ask_rate(now)


def _errors(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.error_rate is not None
    for _ in range(settings.error_rate.most + 1):
        board.conduct.error(now, "made up by a drill")


def _losses(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.consecutive_losses is not None
    for _ in range(settings.consecutive_losses.most):
        board.conduct.trade(now, is_lost=True)


def _age(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.stale_data is not None
    board.conduct.age(now, "a made-up instrument", int(settings.stale_data.most))


def _skew(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.clock_skew is not None
    board.conduct.skew(now, int(settings.clock_skew.most))


def _differences(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.reconciliation is not None
    for _ in range(int(settings.reconciliation.most)):
        board.conduct.compared(now, is_critical=True)


def _divergence(board: Board, settings: BreakerSettings, now: TimeNs) -> None:
    assert settings.alignment is not None
    board.conduct.diverged(now, settings.alignment.most, "made up by a drill")


def _hours(board: Board, settings: BreakerSettings, now: TimeNs) -> None:  # noqa: ARG001 - of others it is a question
    board.conduct.shut(now, "made up by a drill")


def _word(board: Board, settings: BreakerSettings, now: TimeNs) -> None:  # noqa: ARG001 - likewise
    board.take(board.breakers["manual"].move(Signal.BROKEN, now, "made up by a drill"))


FEEDS: dict[str, Callable[[Board, BreakerSettings, TimeNs], None]] = {
    "order_rate": _orders,
    "error_rate": _errors,
    "consecutive_losses": _losses,
    "stale_data": _age,
    "clock_skew": _skew,
    "reconciliation": _differences,
    "alignment": _divergence,
    "trading_hours": _hours,
    "manual": _word,
}
"""The input of those that are not about equity."""
