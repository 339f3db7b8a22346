"""The files of a session's structured events: a JSON line each, by structlog, secrets masked at every depth.

The newest lines are in `events.jsonl`. When a UTC day is over, or the file is large, it becomes `events.0001.jsonl`,
`events.0002.jsonl` and so on, and another begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import structlog
from structlog.processors import EventRenamer

from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_DAY
from tradewind.record.events.event import Told
from tradewind.record.events.telling import Teller
from tradewind.record.sessions.mask import masked, names_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.journal.header import SessionHeader

FILE = "events.jsonl"
FILE_BYTES_MAX = 64 * 1024 * 1024
"""A larger file is closed and another begun, between two steps."""
_NONE: tuple[object, ...] = (None, "", {})
_json = msgspec.json.Encoder(enc_hook=str)


def _mask(_: object, __: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return dict(masked(dict(fields))) if names_secret(fields) else fields


def _rendered(_: object, __: str, fields: MutableMapping[str, Any]) -> bytes:
    return _json.encode(fields)


class _Lines:
    """What structlog writes to: lines of a file, flushed when a turn's are all there."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = 0
        """Bytes written; to ask the file would be a call of the system each time."""
        self._write = file.write

    def msg(self, line: bytes) -> None:
        """Write a line."""
        self.size += self._write(line + b"\n")


class EventLog:
    """Writes the events of one session; a disk that takes none is noted in `trouble`, and stops nothing."""

    def __init__(self, home: Path, header: SessionHeader, bytes_max: int = FILE_BYTES_MAX) -> None:
        self.trouble = ""
        self._teller = Teller()
        self._path = home / FILE
        self._header = header
        self._bytes_max = bytes_max
        self._closed = 0
        self._day = -1
        for number in numbers_in(home):
            numbered(home, number).unlink()  # of a session whose files are written again
        self._begin()
        self._seq = self._ts = 0

    def _begin(self) -> None:
        self._file = self._path.open("wb")
        self._path.chmod(0o600)
        header, self._lines = self._header, _Lines(self._file)
        self._log = structlog.wrap_logger(
            self._lines,
            processors=[EventRenamer("message"), _mask, _rendered],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        ).bind(session_id=header.session_id, mode=header.mode, config_hash=header.config_hash)

    def _is_over(self, day: int) -> bool:
        """Tell whether the file is to be closed: its day is over or it is large; one without a line goes on."""
        was, self._day = self._day, day
        written = self._lines.size
        return bool(written) and (written >= self._bytes_max or was not in (-1, day))

    def _turn_over(self) -> None:
        """Close the file and begin another."""
        self._file.close()
        self._closed += 1
        self._path.rename(numbered(self._path.parent, self._closed))
        self._begin()

    def observe(self, steps: Sequence[Step]) -> None:
        """Write what these steps have to tell."""
        for step in steps:
            if type(step.event) is Bar and not (step.effects or step.refusals or step.notices):
                continue  # most steps by far, of which there is nothing to tell
            self._seq, self._ts = step.seq, step.event.ts_recv
            if self._is_over(self._ts // NS_PER_DAY):
                self._guarded(self._turn_over)
            for told in self._teller.of(step):
                getattr(self, _METHODS.get((told.kind, told.severity), f"log_{told.kind}_event"))(told)
        if steps:
            self._seq, self._ts = steps[-1].seq, steps[-1].event.ts_recv
            self._guarded(self._file.flush)

    def close(self, *, clean: bool) -> None:
        """Write the end."""
        self.log_engine_event(Told(kind="engine", code="stopped", data={"clean": clean}))
        self._guarded(self._file.close)

    def log_engine_event(self, told: Told) -> None:
        """Write an event of the engine: start, ready, paused, stopped …."""
        self._write(told)

    def log_engine_warning(self, told: Told) -> None:
        """Write one that somebody should look at."""
        self._write(told)

    def log_engine_error(self, told: Told) -> None:
        """Write one that must not be."""
        self._write(told)

    def log_decision_event(self, told: Told) -> None:
        """Write what a strategy has decided."""
        self._write(told)

    def log_order_event(self, told: Told) -> None:
        """Write what has become of an order."""
        self._write(told)

    def log_risk_event(self, told: Told) -> None:
        """Write what risk has let through, refused, tripped or corrected."""
        self._write(told)

    def log_data_event(self, told: Told) -> None:
        """Write what is the matter with market data or a link."""
        self._write(told)

    def log_db_event(self, told: Told) -> None:
        """Write what is the matter with the operational database."""
        self._write(told)

    def _write(self, told: Told) -> None:
        fields = {
            name: value for name, value in msgspec.to_builtins(told).items() if name != "message" and value not in _NONE
        }
        self._guarded(lambda: self._log.msg(told.message, ts_ns=self._ts, seq=self._seq, **fields))

    def _guarded(self, write: Any) -> None:  # noqa: ANN401 - any call
        try:
            write()
        except (OSError, ValueError) as error:
            self.trouble = f"structured events cannot be written: {error}"


def numbered(home: Path, number: int) -> Path:
    """Return where the file is that was closed as the `number`th."""
    return home / f"events.{number:04d}.jsonl"


def numbers_in(home: Path) -> list[int]:
    """Return the numbers of the files that were closed, in their order."""
    found = (path.name.split(".")[1] for path in home.glob("events.*.jsonl"))
    return sorted(int(number) for number in found if number.isdecimal())


_METHODS = {
    ("engine", "warning"): "log_engine_warning",
    ("engine", "error"): "log_engine_error",
    ("engine", "critical"): "log_engine_error",
}
