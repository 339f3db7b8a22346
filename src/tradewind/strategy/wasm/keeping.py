"""What the host remembers of a guest, in its `ctx.state`: key by key, so that each change is small and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import ClientOrderId
from tradewind.strategy.wasm.book import TRADES_MAX, Flow
from tradewind.strategy.wasm.messages_trading import TradeRecord
from tradewind.strategy.wasm.notes import OrderNote

if TYPE_CHECKING:
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.book import GuestBook
    from tradewind.strategy.wasm.notes import OrderNotes

ORDER, FLOW, TRADE = "order/", "flow/", "trade/"
_encode = msgspec.msgpack.Encoder().encode
_note = msgspec.msgpack.Decoder(OrderNote).decode
_flow = msgspec.msgpack.Decoder(Flow).decode
_trade = msgspec.msgpack.Decoder(tuple[int, TradeRecord]).decode


def keep_note(ctx: Context, order: ClientOrderId, note: OrderNote, forgotten: ClientOrderId | None = None) -> None:
    """Keep what is noted of an order, and forget another."""
    ctx.state[ORDER + order] = _encode(note)
    if forgotten is not None:
        ctx.state.pop(ORDER + forgotten, None)


def keep_trade(ctx: Context, symbol: str, book: GuestBook) -> None:
    """Keep the newest fill, and what a symbol's fills add up to."""
    ctx.state[FLOW + symbol] = _encode(book.flows[symbol])
    ctx.state[f"{TRADE}{book.count}"] = _encode(book.trades[-1])
    ctx.state.pop(f"{TRADE}{book.count - TRADES_MAX}", None)


def take_back(ctx: Context, notes: OrderNotes, book: GuestBook) -> None:
    """Take over what an earlier session has kept."""
    notes.clear()
    book.clear()
    for key, value in ctx.state.items():
        kind, _, name = key.partition("/")
        match f"{kind}/":
            case "order/":
                notes.add(ClientOrderId(name), _note(value))
            case "flow/":
                book.flows[name] = _flow(value)
            case "trade/":
                book.trades.append(_trade(value))
                book.count = int(name)
