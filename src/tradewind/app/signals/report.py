"""Reports of signals as Markdown, made from all that ever happened, never from a window of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tradewind.app.signals.world import encoded
from tradewind.domain.money import ZERO, plain
from tradewind.domain.time import NS_PER_MS, iso
from tradewind.strategy.signals.prices import entry_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tradewind.domain.time import TimeNs
    from tradewind.domain.trade_signal import SignalMoved

LIVE = (
    "Timestamp", "Action", "Symbol", "Signal ID", "Position", "Note", "Current Price", "Open Price", "Take Profit",
    "Stop Loss", "PNL (net)", "Close Reason", "Duration (min)", "Quantity", "Fees", "Net", "Protection",
)  # fmt: skip
BACKTEST = (
    "Signal ID", "Symbol", "Position", "Note", "Open Price", "Close Price", "Take Profit", "Stop Loss", "PNL (net)",
    "Close Reason", "Duration (min)", "Open Time", "Close Time", "Quantity", "Fees", "Net",
)  # fmt: skip
NONE = "N/A"


def report_of(  # noqa: PLR0913 - what a report says
    name: str, moves: Sequence[SignalMoved], *, now: TimeNs, live: bool, costs: str, venues: Sequence[str] = ()
) -> str:
    """Return the report of one strategy; `moves` are in the order in which they happened.

    `venues` are those at which it traded live, as in `binance-live (exchange spot)`; without any it was on paper.
    """
    fills = f"at {', '.join(venues)}, else simulated" if venues else "simulated venue on bars"
    mode = f"live at {', '.join(venues)}, else paper" if venues else "paper, live candles" if live else "backtest"
    latest = _latest(moves)
    closed = [moved for moved in moves if moved.action == "closed" and moved.profit is not None]
    known = [m.profit.net_percentage for m in closed if m.profit is not None]
    returns = [percent for percent in known if percent is not None]
    wins = sum(percent > 0 for percent in returns)
    lines = [
        f"# {'Live' if live else 'Backtest'} report: {name}",
        "",
        f"- Total events: {len(moves)}",
        f"- Closed signals: {len(closed)}",
        (
            f"- Win rate: {_percent(100 * wins / len(returns), signed=False) if returns else NONE}"
            f" ({wins} wins, {len(returns) - wins} losses{_unknown(len(known) - len(returns))})"
        ),
        f"- Average PNL: {_percent(sum(returns) / len(returns)) if returns else NONE}",
        f"- Mode: {mode}; trigger: touch of a price in a closed minute; fills: {fills}",
        f"- Costs: {costs}",
        f"- Made: {iso(now)}",
        "",
    ]
    columns, row = (LIVE, _live_row) if live else (BACKTEST, _backtest_row)
    shown = latest if live else [moved for moved in latest if moved.action == "closed"]
    if not shown:
        return "\n".join([*lines, "No signals yet.", ""])
    lines += [_line(columns), _line("---" for _ in columns), *(_line(row(moved)) for moved in shown), ""]
    return "\n".join(lines)


def write_report(folder: Path, name: str, text: str) -> Path:
    """Write a report whole or not at all, and return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{encoded(name)}.md"
    temporary = folder / f".tmp-{path.name}-{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path


def _latest(moves: Iterable[SignalMoved]) -> list[SignalMoved]:
    """Return the latest step of each signal, in the order in which the signals came."""
    rows: dict[str, SignalMoved] = {}
    for moved in moves:
        rows[moved.row.id] = moved
    return list(rows.values())


def _live_row(moved: SignalMoved) -> list[str]:
    row, profit = moved.row, moved.profit
    return [
        iso(moved.ts), moved.action, row.symbol, row.id, row.position, row.note,
        _price(moved, moved.price), _price(moved, _opened(moved)), _price(moved, row.price_take_profit),
        _price(moved, row.price_stop_loss), _percent(None if profit is None else profit.net_percentage),
        moved.reason or NONE, _minutes(moved), plain(row.quantity), _fees(moved),
        NONE if profit is None or profit.net is None else plain(profit.net), "venue (simulated)" if row.fills else NONE,
    ]  # fmt: skip


def _backtest_row(moved: SignalMoved) -> list[str]:
    row, profit = moved.row, moved.profit
    assert profit is not None
    opened = 0 if row.open_timestamp is None else row.open_timestamp * NS_PER_MS
    return [
        row.id, row.symbol, row.position, row.note, _price(moved, profit.price_open),
        _price(moved, profit.price_close), _price(moved, row.price_take_profit), _price(moved, row.price_stop_loss),
        _percent(profit.net_percentage), moved.reason, _minutes(moved), iso(opened), iso(moved.ts),
        plain(row.quantity), _fees(moved), NONE if profit.net is None else plain(profit.net),
    ]  # fmt: skip


def _opened(moved: SignalMoved) -> float:
    return float(entry_price(moved.row.fills)) or moved.row.price_open


def _fees(moved: SignalMoved) -> str:
    unpriced = [fill.unpriced for fill in moved.row.fills if fill.unpriced]
    return " + ".join([plain(sum((fill.fee for fill in moved.row.fills), ZERO)), *unpriced])


def _unknown(count: int) -> str:
    return f", {count} with a fee whose worth is not known" if count else ""


def _minutes(moved: SignalMoved) -> str:
    opened = moved.row.open_timestamp
    if opened is None or moved.action != "closed":
        return NONE
    return f"{(moved.ts // NS_PER_MS - opened) / 60_000:g}"


def _price(moved: SignalMoved, price: float | None) -> str:
    quote = next((q for q in ("USDT", "USDC", "USD", "EUR", "BTC") if moved.row.symbol.endswith(q)), "")
    return NONE if price is None else f"{price:.8f} {quote}".strip()


def _percent(value: float | None, *, signed: bool = True) -> str:
    return NONE if value is None else f"{value:+.2f}%" if signed else f"{value:.2f}%"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\r", "").replace("\n", "<br>")
