"""What a signal strategy keeps beyond a restart, in its `ctx.state`: a record for each key, and ids that were given.

Where its session is gone on from, after a crash too, each key stands where it stood: with its open signal, the orders
of it, the slot that was used last and the ids that were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import ClientOrderId
from tradewind.domain.time import TimeNs
from tradewind.domain.trade_signal import SignalMoved, SignalRow
from tradewind.strategy.signals.key import Key, LastExit
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.setting import Setting

KEY, ID = "key/", "id/"
VERSION = b"1"
"""How it is written down; what `save_state` returns."""


class KeptKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where a key stands."""

    state: str = State.IDLE.value
    row: SignalRow | None = None
    entry: ClientOrderId | None = None
    entry_lives: bool = False
    exits: dict[ClientOrderId, str] = {}
    close: ClientOrderId | None = None
    leaving: str = ""
    cancel_reason: str = "venue"
    closed_at: TimeNs = -1
    scheduled: SignalMoved | None = None
    last_exit: LastExit | None = None
    slot: TimeNs = -1
    counted: int = 0
    paused: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptKey).decode


def keep(ctx: Context, key: Key, setting: Setting) -> None:
    """Keep where a key stands; what has not changed since the last time costs the journal nothing."""
    symbol = key.symbol
    slot, counted = setting.slots.get(symbol, -1), setting.counts.get(symbol, 0)
    if key.row is not None and key.row.id != _counted(key.row, counted):
        ctx.state[ID + key.row.id] = True
    ctx.state[KEY + symbol] = _encode(
        KeptKey(
            state=key.state.value, row=key.row, entry=key.entry, entry_lives=key.entry_lives, exits=key.exits,
            close=key.close, leaving=key.leaving, cancel_reason=key.cancel_reason, closed_at=key.closed_at,
            scheduled=key.scheduled, last_exit=key.last_exit, slot=slot, counted=counted,
            paused=symbol in setting.paused,
        )
    )  # fmt: skip


def take_back(ctx: Context, key: Key, setting: Setting, strategy: str) -> None:
    """Let a key stand where it was kept; one of which nothing is kept stands as at first."""
    symbol = key.symbol
    data = ctx.state.get(KEY + symbol)
    kept = KeptKey() if data is None else _decode(data)
    key.state, key.row = State(kept.state), kept.row
    key.entry, key.entry_lives, key.close = kept.entry, kept.entry_lives, kept.close
    key.exits = dict(kept.exits)
    key.leaving, key.cancel_reason, key.closed_at = kept.leaving, kept.cancel_reason, kept.closed_at
    key.scheduled, key.last_exit, key.restoring = kept.scheduled, kept.last_exit, False
    if data is None:
        return
    setting.counts[symbol] = kept.counted
    setting.used_ids.update(f"{strategy}-{symbol}-{number}" for number in range(1, kept.counted + 1))
    if kept.slot >= 0:
        setting.slots[symbol] = kept.slot
    (setting.paused.add if kept.paused else setting.paused.discard)(symbol)


def ids_kept(ctx: Context) -> set[str]:
    """Return the ids that signals were given and that no other may have."""
    return {name.removeprefix(ID) for name in ctx.state if name.startswith(ID)}


def _counted(row: SignalRow, number: int) -> str:
    return f"{row.strategy_name}-{row.symbol}-{number}"
