"""Calls that leave something in the record: cache, marks, log lines. Marks and logs are never refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tradewind.domain.step import CacheWritten, Level, LogLine, Mark, MarkShape
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.enums import LOG_LEVELS, MARK_LEVELS, SHAPES, SignalType
from tradewind.strategy.wasm.errors import UnsupportedCall
from tradewind.strategy.wasm.messages import Markers
from tradewind.strategy.wasm.notes import CACHE_MAX, bytes_of
from tradewind.strategy.wasm.wire import text_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.messages import GuestMark
    from tradewind.strategy.wasm.notes import GuestRecord
    from tradewind.strategy.wasm.scene import Scene

LOGS_MAX = 1_000
MARKS_CALL_MAX = 1_000
"""So many lines and marks of one outer call are kept; the rest is counted."""
TEXT_MAX = 65_536
"""Characters of a mark's or a line's text."""
_SIGNALS = tuple(signal.name for signal in SignalType)


class RecordCalls:
    """What a call writes is held here until the call is over."""

    def __init__(self, scene: Scene, record: GuestRecord) -> None:
        self._scene = scene
        self._record = record
        self._writes: dict[str, str] = {}
        self._written = 0
        self._marks: list[GuestMark] = []
        self._words: list[Mark | LogLine] = []
        self.lines = 0
        self._dropped = 0

    def functions(self) -> dict[str, Callable[[bytes], bytes]]:
        """Return the calls by name."""
        return {
            "get_cache": self.get_cache,
            "set_cache": self.set_cache,
            "mark": self.mark,
            "get_markers": self.get_markers,
            "log": self.log,
        }

    def begin(self) -> None:
        """Begin an outer call; a rehearsal's writes stay until it is over."""
        self.lines = self._dropped = 0
        self._marks.clear()
        self._words.clear()
        if not self._scene.is_rehearsal:
            self._writes.clear()
            self._written = 0

    def end(self, *, keep_writes: bool) -> None:
        """Give what was written to the session, except the cache's part of a call that failed."""
        scene = self._scene
        if scene.is_rehearsal or not (self._words or self._writes or self._dropped):
            return
        ctx = scene.session()
        for word in self._words:
            ctx.say(word)
        self._record.marks.extend(self._marks)
        if self._dropped:
            ctx.log(f"{self._dropped} log lines or marks of this call were too many", "warning")
        if keep_writes:
            for key, value in self._writes.items():
                self._record.store(key, value)
                ctx.say(CacheWritten(ctx.strategy, key, value))

    # --- the cache ----------------------------------------------------------------------------------

    def get_cache(self, request: bytes) -> bytes:
        """Return the value of a key, empty if there is none."""
        key = self._scene.reader.text(request)
        value = self._writes.get(key) if self._writes else None
        if value is None:
            value = self._record.cache.get(key)
        return b"" if not value else text_message(value)

    def set_cache(self, request: bytes) -> bytes:
        """Keep a value; refuse what is too much."""
        entry = self._scene.reader.read(plans.KEY_VALUE, request)
        size = bytes_of(entry.key) + bytes_of(entry.value)
        if self._record.cache_size + self._written + size > CACHE_MAX:
            raise UnsupportedCall(f"the cache of a strategy holds {CACHE_MAX} bytes")
        self._writes[entry.key] = entry.value
        self._written += size
        return b""

    # --- marks and lines ----------------------------------------------------------------------------

    def mark(self, request: bytes) -> bytes:
        """Put a mark on the chart, at the bar that is named or at the present one."""
        asked = self._scene.reader.read(plans.MARK_REQUEST, request)
        if asked.mark is None or not self._has_room(MARKS_CALL_MAX):
            return b""
        self._marks.append(asked.mark)
        scene = self._scene
        series = scene.known(asked.market_data.symbol if asked.market_data else "") or scene.known("")
        if scene.ctx is not None:
            instrument = scene.ctx.id_of() if series is None else series.instrument
            price = asked.market_data.close if asked.market_data else (scene.bar.close if scene.bar else None)
            self._words.append(_mark(scene.ctx, asked.mark, instrument, price))
        return b""

    def get_markers(self, request: bytes) -> bytes:
        """Return the newest marks, oldest first."""
        self._scene.reader.read(plans.EMPTY, request)
        return plans.MARKERS.encode(Markers([*self._record.marks, *self._marks]))

    def log(self, request: bytes) -> bytes:
        """Write a line."""
        line = self._scene.reader.read(plans.LOG, request)
        level = LOG_LEVELS[line.level] if 0 <= line.level < len(LOG_LEVELS) else "info"
        self.say(level, line.message, line.fields)
        return b""

    def say(self, level: str, text: str, fields: dict[str, str] | None = None) -> None:
        """Write a line with fields."""
        scene = self._scene
        if not self._has_room(LOGS_MAX) or scene.ctx is None:
            return
        self.lines += 1
        series = scene.known("")
        hide = scene.ctx.without_secrets
        shown = {key: hide(value) for key, value in (fields or {}).items()}
        written = json.dumps(shown, ensure_ascii=False, sort_keys=True) if shown else ""
        symbol = "" if series is None else series.symbol
        self._words.append(LogLine(scene.strategy, Level(level), hide(text)[:TEXT_MAX], symbol, written[:TEXT_MAX]))

    def _has_room(self, most: int) -> bool:
        if len(self._words) < most:
            return True
        self._dropped += 1
        return False


def _mark(ctx: Context, mark: GuestMark, instrument: str, price: float | None) -> Mark:
    finite, hide = price is not None and 0.0 < price < float("inf"), ctx.without_secrets
    return Mark(
        strategy=ctx.strategy,
        instrument=instrument,  # type: ignore[arg-type]
        title=hide(mark.title)[:TEXT_MAX],
        message=hide(mark.message)[:TEXT_MAX],
        price=price if finite else None,
        color=mark.color or "blue",
        shape=MarkShape(_of(SHAPES, mark.shape)),
        category=hide(mark.category)[:TEXT_MAX],
        level=Level(_of(MARK_LEVELS, mark.level)),
        signal=_of(_SIGNALS, mark.signal_type),
    )


def _of(names: tuple[str, ...], number: int) -> str:
    """Return the name of a number; an unknown one means the first."""
    return names[number] if 0 <= number < len(names) else names[0]
