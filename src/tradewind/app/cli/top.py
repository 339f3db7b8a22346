"""`tradewind top`: a running session, looked at once a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli.control_reading import plain
from tradewind.app.cli.control_saying import ConfigFile, Root, Session, client_of, nobody
from tradewind.domain.errors import NoEngine

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ORDERS_SHOWN = 10
HOLDING = ("strategy", "instrument", "quantity", "average_price", "last_price", "unrealized")
ORDER = ("id", "instrument", "side", "type", "quantity", "price", "state")
BREAKER = ("breaker", "state", "action", "holds")
_COLOURS = {"healthy": "green", "degraded": "yellow", "critical": "red"}


@app.command(epilog="Example: tradewind top -c session.yaml")
def top(
    *,
    session: Session = "",
    root: Root = None,
    config: ConfigFile = None,
    every: Annotated[float, typer.Option("--every", help="Seconds between two looks.", min=0.2)] = 1.0,
    count: Annotated[int, typer.Option("--count", help="Looks; 0 goes on until interrupted.", min=0)] = 0,
) -> None:
    """Show a running session live: health, equity, positions, orders, breakers, refusals, latencies."""
    from rich.live import Live

    try:
        client = client_of(session, root, config)
        shown = 0
        with Live(screen=False, auto_refresh=False) as live:
            while not count or shown < count:
                if shown:
                    time.sleep(every)
                told = {path: client.read(f"/{path}") for path in ("status", "orders", "breakers", "metrics.json")}
                live.update(page(told), refresh=True)
                shown += 1
    except NoEngine as error:
        nobody(error, as_json=False)


def page(told: dict[str, Any]) -> RenderableType:
    """Return what is shown of one look."""
    from rich.console import Group
    from rich.text import Text

    status, metrics = told["status"], told["metrics.json"]
    head = Text(f"{status['session']}  {status['mode']}  {status['state']}  ")
    head.append(status["health"], style=_COLOURS[status["health"]])
    head.append(f"  {', '.join(status['reasons'])}" if status["reasons"] else "")
    parts: list[RenderableType] = [head, *map(Text, _lines(status, metrics))]
    if metrics["refusals"]:
        parts.append(Text("refused: " + plain(metrics["refusals"]), style="yellow"))
    parts.append(_table(HOLDING, status["positions"]))
    parts.append(_table(ORDER, told["orders"][-ORDERS_SHOWN:]))
    if told["breakers"]:
        parts.append(_table(BREAKER, told["breakers"]))
    return Group(*parts)


def _lines(status: dict[str, Any], metrics: dict[str, Any]) -> list[str]:
    """Return money, pace and counts, a line each."""
    order, event = (plain(metrics[f"{name}_latency_ms"]["p99"]) for name in ("order", "event"))
    money = {"P&L": "total_pnl", "unrealised": "unrealized_pnl", "fees": "commissions"}
    counted = {name.removeprefix("orders_"): count for name, count in metrics.items() if name.startswith("orders_")}
    return [
        f"equity {plain(status['equity'])} {status['base_currency']}   exposure {plain(status['exposure'])}   "
        + "   ".join(f"{name} {plain(metrics[key])}" for name, key in money.items()),
        (
            f"step {status['seq']:,}   {metrics['events_per_second']:.1f}/s   "
            f"journal {status['journal_lag_ms']:.1f} ms   order p99 {order} ms   event p99 {event} ms"
        ),
        "   ".join(f"{name} {count}" for name, count in counted.items()),
    ]


def _table(names: tuple[str, ...], rows: list[dict[str, Any]]) -> RenderableType:
    from rich.table import Table

    made = Table(*(name.replace("_", " ") for name in names), box=None, pad_edge=False)
    for row in rows:
        made.add_row(*(plain(row[name]) for name in names))
    return made
