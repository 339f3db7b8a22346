"""How much history a strategy must have seen before its first decision is the one it would always make there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.app.strategy_check.difference import difference, joined, row_of
from tradewind.app.strategy_check.part import Options, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.strategy_check.trace import Decision
    from tradewind.app.strategy_check.trial import Trial

WARMUP_MAX = 2_000
SHORTEST_WARMUP = 8
STARTS = 4
"""From so many bars on trading begins, each with a stretch of its own: one start may lie in a quiet time."""


def warmup(trial: Trial, options: Options, tell: Callable[[str, float], None]) -> Part:
    """Trade from several bars on, after more and less history: what is decided must not depend on how much."""
    total = len(trial.times)
    longest = min(WARMUP_MAX if options.warmup is None else max(2 * options.warmup, 64), total // (STARTS + 1))
    span = (total - longest) // STARTS
    starts = [longest + number * span for number in range(STARTS)]
    references = [_decided(trial, start, longest, span) for start in starts]
    if not any(references):
        return Part("warm-up", "not checked", f"it decides nothing after the first {longest} bars")
    rows: list[dict[str, Any]] = []
    lengths = _lengths(longest, options.warmup)
    for done, length in enumerate(lengths):
        tell("warm-up", done / len(lengths))
        now = [_decided(trial, start, length, span) for start in starts]
        found = [difference(was, again, options.tolerance) for was, again in zip(references, now, strict=True)]
        rows.append({"warm-up": length, **row_of(joined(found))})
    return _warmup_part(longest, rows, options.warmup)


def _decided(trial: Trial, start: int, length: int, span: int) -> tuple[Decision, ...]:
    """Return what is decided in the stretch after `start`, with so many bars of warm-up before it."""
    return trial.run(start - length, start + span, trade_from=start).since(trial.times[start])


def _warmup_part(longest: int, rows: list[dict[str, Any]], meant: int | None) -> Part:
    """Say how much warm-up it takes; `rows` go from the longest down."""
    enough = longest
    for row in rows:
        if row["differ"]:
            break
        enough = row["warm-up"]
    worst = next((row for row in rows if row["differ"]), None)
    if worst is None:
        return Part("warm-up", "ok", f"the same with any warm-up of 0 to {longest} bars", tuple(rows))
    detail = (
        f"with {worst['warm-up']} bars {worst['differ']} decisions differ; first, {worst['first']}: {worst['change']}"
    )
    if meant is not None and enough > meant:
        return Part("warm-up", "found", f"{meant} bars are too few, {enough} are enough: {detail}", tuple(rows))
    if enough == longest:
        return Part("warm-up", "found", f"{longest} bars do not settle it: {detail}", tuple(rows))
    return Part("warm-up", "ok", f"needs {enough} bars of warm-up: {detail}", tuple(rows))


def _lengths(longest: int, meant: int | None) -> list[int]:
    """Return lengths of warm-up from the second longest down: halves, what is meant to be enough, and none."""
    lengths = {0} if meant is None else {0, min(meant, longest)}
    length = longest // 2
    while length >= SHORTEST_WARMUP:
        lengths.add(length)
        length //= 2
    return sorted(lengths - {longest}, reverse=True)
