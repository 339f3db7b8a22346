"""What a strategy takes from elsewhere than its hooks: files that it opens, connections, other programs.

Python tells of these through audit events, with the author's line on the stack. Libraries that read in native
code (Polars, DuckDB) tell nothing; on Linux the kernel says when the data files are opened. An audit hook can
never be taken away again, so this is for a process of its own (`child.py`).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import tradewind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

WATCHED_FILES_MAX = 1000
_CODE = (".py", ".pyc", ".so", ".pyd", ".pth", ".zip")
_IN_OPEN = 0x20
_EVENTS = {
    "open": "opens",
    "sqlite3.connect": "opens",
    "socket.connect": "connects to",
    "socket.getaddrinfo": "connects to",
    "subprocess.Popen": "runs",
    "os.system": "runs",
}


class Outside(msgspec.Struct, frozen=True):
    """One thing taken from outside: what was done, to what, and by which line."""

    verb: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.verb} {self.what}{f' at {self.where}' if self.where else ''}"


class Listener:
    """Hears what the author's code does while it is on; what Python and its libraries do by themselves is left out."""

    def __init__(self) -> None:
        self.on = False
        self.heard: dict[Outside, None] = {}
        own = Path(tradewind.__file__).parent
        paths = sysconfig.get_paths()
        self._not_theirs = tuple(
            {str(own), paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], "<"}
        )
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or event not in _EVENTS:
            return
        what = arguments[1] if event.startswith("socket.connect") else arguments[0]
        if event == "open" and (isinstance(what, int) or str(what).endswith(_CODE)):
            return
        where = self._line(sys._getframe(1))  # noqa: SLF001 - the only way to the caller
        if where:
            self.heard.setdefault(Outside(_EVENTS[event], str(what), where))

    def _line(self, frame: FrameType | None) -> str:
        """Return the author's line that led here, or nothing."""
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith(self._not_theirs):
                return f"{Path(file).name}:{frame.f_lineno}"
            frame = frame.f_back
        return ""


class FileWatch:
    """Asks the kernel which of some files are opened; knows nothing where there is no inotify."""

    def __init__(self, places: Iterable[Path]) -> None:
        self._names: dict[int, str] = {}
        self._fd = -1
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            return
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for file in _files(places):
            descriptor = libc.inotify_add_watch(self._fd, os.fsencode(file), _IN_OPEN)
            if descriptor >= 0:
                self._names[descriptor] = str(file)

    def opened(self) -> tuple[Outside, ...]:
        """Return the files that were opened since the watch began, and end it."""
        if self._fd < 0:
            return ()
        try:
            page = os.read(self._fd, 1 << 20)
        except BlockingIOError:
            page = b""
        finally:
            os.close(self._fd)
        found: dict[Outside, None] = {}
        at = 0
        while at < len(page):
            descriptor, _, _, length = struct.unpack_from("iIII", page, at)
            found[Outside("opens", f"{self._names.get(descriptor, 'a data file')}, the market data", "")] = None
            at += struct.calcsize("iIII") + length
        return tuple(found)


def _files(places: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        found += [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
    return found[:WATCHED_FILES_MAX]
