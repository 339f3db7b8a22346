"""Where a session's control API listens, and the file that says so to whoever may read it."""

from __future__ import annotations

import json
import os
import secrets
import socket
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import LocalError, NoEngine
from tradewind.record.sessions.find import LATEST, SessionState, find, sessions

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config.control import ControlSettings
    from tradewind.record.sessions.find import SessionEntry

FILE = "control.json"
TOKEN_BYTES = 32


class Door(msgspec.Struct, frozen=True):
    """How a session is reached."""

    session: str
    pid: int
    token: str
    port: int = 0
    socket: str = ""

    @property
    def told(self) -> str:
        """Where it listens, as people read it; without the token."""
        return self.socket or f"http://127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        return f"Door({self.session}, {self.told})"


def listening(settings: ControlSettings) -> socket.socket:
    """Return the bound socket of a session; raise `LocalError` if the address is not to be had."""
    try:
        if settings.socket is None:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(("127.0.0.1", settings.port))
        else:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)
            try:
                made.bind(settings.socket)
            finally:
                os.umask(before)
        made.listen(64)
        made.settimeout(0.0)
    except OSError as error:
        where = settings.socket or f"port {settings.port}"
        raise LocalError(f"control: cannot listen at {where}: {error.strerror or error}") from error
    return made


def open_door(home: Path, session: str, listener: socket.socket) -> Door:
    """Write the file that says where a session listens, for its owner alone; return what is in it."""
    name = listener.getsockname()
    where = {"socket": os.path.abspath(name)} if isinstance(name, str) else {"port": name[1]}  # noqa: PTH100
    door = Door(session, os.getpid(), secrets.token_urlsafe(TOKEN_BYTES), **where)
    aside = home / f".{FILE}.aside"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(door))
    aside.replace(home / FILE)
    return door


def close_door(home: Path, door: Door) -> None:
    """Take the file away, and the socket's."""
    (home / FILE).unlink(missing_ok=True)
    if door.socket and os.path.exists(door.socket):  # noqa: PTH110
        os.unlink(door.socket)  # noqa: PTH108


def door_of(home: Path) -> Door:
    """Return how a session is reached; raise `NoEngine` if it says nothing of it."""
    try:
        return msgspec.json.decode((home / FILE).read_bytes(), type=Door)
    except FileNotFoundError:
        raise NoEngine(
            f"the session in {home} has no control API: it has ended, or `control.enabled` is false"
        ) from None
    except (OSError, msgspec.MsgspecError, json.JSONDecodeError) as error:
        raise NoEngine(f"{home / FILE} cannot be read: {error}") from error


def running(root: Path, name: str = "") -> SessionEntry:
    """Return the session that runs below a root: the one of that name, or the newest; raise `NoEngine` if none does."""
    if name and name != LATEST:
        entry = find(root, name)
        if entry.state is not SessionState.RUNNING:
            raise NoEngine(f"the session {entry.name} does not run: it is {entry.state.value}")
        return entry
    there = [entry for entry in sessions(root) if entry.state is SessionState.RUNNING]
    if not there:
        raise NoEngine(f"no session runs below {root}", {"fix": "name its folder with --session or --data-output"})
    return max(there, key=lambda entry: (str(entry.facts.get("created", "")), entry.name))
