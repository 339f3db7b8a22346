"""The file of one key: readable, signed, replaced as a whole or not at all, put aside and never deleted when damaged.

The journal is the truth; this is its image, complete enough to go on from alone (spec/signals.md, section 10).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.signals.world import encoded
from tradewind.domain.errors import AlreadyRunning, StateMismatch
from tradewind.domain.money import plain
from tradewind.domain.trade_signal import SignalRow

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1


class KeptState(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one key."""

    row: SignalRow | None = None
    seq: int = 0
    state: str = "idle"
    last_slot: int = -1
    """Nanoseconds UTC; -1 if none was used."""
    paused: bool = False
    counted: int = 0
    """The number of the last counted id."""
    done: int = 0
    """Up to when candles have been taken, nanoseconds UTC."""


class StateFile:
    """Reads and writes `{root}/{strategy}/{symbol}.json`."""

    def __init__(self, root: Path, strategy: str, exchange: str, symbol: str) -> None:
        self.folder = root / encoded(strategy)
        self.path = self.folder / f"{encoded(symbol)}.json"
        self._strategy, self._exchange = strategy, exchange
        self._lock: int | None = None

    def lock(self) -> None:
        """Take the lock beside the file, or raise `AlreadyRunning`; sweep what an interrupted write has left."""
        new = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        if new:
            _sync(self.folder.parent)
        handle = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise AlreadyRunning(f"{self.path} is in use by another process", cause=error) from error
        self._lock = handle
        for left in self.folder.glob(f".tmp-{self.path.name}*"):
            left.unlink()

    def unlock(self) -> None:
        """Let go."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def damaged(self) -> list[Path]:
        """Files that were put aside and that nobody has cleared: as long as there are any, nothing new is opened."""
        return sorted(self.folder.glob(f"{self.path.name}.corrupt-*"))

    def clear(self) -> int:
        """Take note that a person has looked at the damaged files; return how many there were."""
        damaged = self.damaged
        for path in damaged:
            path.rename(path.with_name(path.name.replace(".corrupt-", ".cleared-")))
        return len(damaged)

    def read(self, *, accept_unsigned: bool = False) -> KeptState | None:
        """Return what is kept; None if nothing is, or if it is damaged: then the file is put aside.

        Raises `StateMismatch` for the file of another strategy or exchange.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return self._decoded(data, accept_unsigned=accept_unsigned)
        except (ValueError, TypeError, KeyError, ArithmeticError, msgspec.MsgspecError):
            count = 1
            while (aside := self.path.with_name(f"{self.path.name}.corrupt-{count}")).exists():
                count += 1
            self.path.rename(aside)
            _sync(self.folder)
            return None

    def write(self, state: KeptState) -> None:
        """Replace the file: temporary file, fsync, rename, fsync of the folder; raise `OSError`, the old one stands."""
        data = written(state, self._strategy, self._exchange)
        temporary = self.folder / f".tmp-{self.path.name}-{os.getpid()}"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            _sync(self.folder)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise

    def _decoded(self, data: bytes, *, accept_unsigned: bool) -> KeptState:
        content = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
        signed = content.pop("checksum", None)
        if signed is None and not accept_unsigned:
            raise ValueError("no checksum")
        if signed is not None and signed != checksum(content):
            raise ValueError("the checksum does not fit")
        ours = content["tradewind"]
        if ours["schema"] != SCHEMA:
            raise ValueError(f"unknown schema {ours['schema']}")
        if (ours["strategyName"], ours["exchangeName"]) != (self._strategy, self._exchange):
            raise StateMismatch(
                f"{self.path} belongs to {ours['strategyName']} on {ours['exchangeName']}, "
                f"not to {self._strategy} on {self._exchange}"
            )
        row = None if ours["row"] is None else msgspec.convert(ours["row"], SignalRow, strict=False)
        shown = content["signalRow"] or content["scheduledRow"]
        if (None if row is None else readable(row)) != shown:
            raise ValueError("the row and its image differ")
        return KeptState(
            row=row, seq=int(ours["seq"]), state=str(ours["state"]), last_slot=int(ours["lastSlotNs"]),
            paused=bool(ours["paused"]), counted=int(ours["counted"]), done=int(ours["doneNs"]),
        )  # fmt: skip


def written(state: KeptState, strategy: str, exchange: str) -> bytes:
    """Return the text of a state, signed."""
    row = state.row
    shown = None if row is None else readable(row)
    content: dict[str, Any] = {
        "signalRow": shown if row is not None and row.fills else None,
        "scheduledRow": shown if row is not None and not row.fills else None,
        "tradewind": {
            "schema": SCHEMA, "seq": state.seq, "state": state.state, "strategyName": strategy,
            "exchangeName": exchange, "openTimestamp": None if row is None else row.open_timestamp,
            "quantity": None if row is None else plain(row.quantity), "lastSlotNs": state.last_slot,
            "lastSlot": state.last_slot // 1_000_000, "paused": state.paused, "counted": state.counted,
            "doneNs": state.done, "row": None if row is None else msgspec.to_builtins(row),
        },
    }  # fmt: skip
    content["checksum"] = checksum(content)
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def readable(row: SignalRow) -> dict[str, Any]:
    """Return a row as the page shows it."""
    return {
        "id": row.id, "position": row.position, "note": row.note, "priceOpen": row.price_open,
        "priceTakeProfit": row.price_take_profit, "priceStopLoss": row.price_stop_loss,
        "minuteEstimatedTime": row.minute_estimated_time, "timestamp": row.timestamp, "symbol": row.symbol,
        "exchangeName": row.exchange_name, "strategyName": row.strategy_name,
    }  # fmt: skip


def checksum(content: dict[str, Any]) -> str:
    """Return the signature: SHA-256 of the canonical text, without the signature itself."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
