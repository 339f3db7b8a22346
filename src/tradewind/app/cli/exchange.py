"""`tradewind exchange`: simulated accounts in a process of their own, which outlive the sessions that trade there."""

from __future__ import annotations

import asyncio
import gc
import signal
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.app.cli import run_options as opt
from tradewind.app.cli.exchange_keys import app as keys_app
from tradewind.app.cli.output import emit, logs_to_stderr, table
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from tradewind.exchange.server import Exchange
    from tradewind.venues._net.address import Address
    from tradewind.venues.exchange.protocol import Facts

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.add_typer(keys_app, name="keys", help="Make and list API keys for an exchange with --binance.")

SocketOption = Annotated[str | None, typer.Option("--socket", help="The path of its socket.")]
PortOption = Annotated[int | None, typer.Option("--port", help="Or its port at 127.0.0.1.", min=1, max=65535)]
AccountOption = Annotated[str, typer.Option("--account", help="Which account.")]

GARBAGE = 50_000, 20, 50
"""How seldom the garbage of this process is collected: an order leaves thousands of objects that stay."""


@app.command(epilog="Example: tradewind exchange serve -c paper.yaml --binance 8900 --faults")
def serve(  # noqa: PLR0913 - what an exchange is
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration of the paper session it is for.")],
    *,
    socket: SocketOption = None,
    port: PortOption = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="An account; may be given several times.")
    ] = None,
    dead_seconds: Annotated[float, typer.Option("--dead-seconds", help="Silence after which a link is cut.")] = 3.0,
    faults: Annotated[
        bool, typer.Option("--faults", help="Let `tradewind exchange press` make things go wrong.")
    ] = False,
    binance: Annotated[
        int | None, typer.Option("--binance", help="A port of 127.0.0.1 at which Binance's protocol is spoken.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", help="How fast time runs, in the place of the configuration's.")
    ] = None,
    limits: Annotated[
        bool, typer.Option(help="Whether Binance's weights and order counts are limited, as Binance limits them.")
    ] = True,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="A file of API keys for --binance: `tradewind exchange keys new`.")
    ] = None,
    admin_token: Annotated[
        str, typer.Option("--admin-token", help="The token of the page and of its buttons; drawn if not given.")
    ] = "",
    state: Annotated[
        Path | None,
        typer.Option("--state", help="A file to go on from; with --binance, it outlives a kill -9."),
    ] = None,
    catalog: opt.CatalogOption = opt.CATALOG,
) -> None:
    """Run an exchange until it is told to stop: the market of a configuration, and accounts at its simulated venue.

    Market data and models are those of a paper session's configuration; its strategy is not loaded. With
    `speed: max` (and mock data without pauses) time waits for the clients, so a run repeats to the digit.

      tradewind exchange serve -c paper.yaml --socket /tmp/exchange.sock

      tradewind live -c session.yaml   # market_data and trading with provider_type: exchange

      tradewind exchange serve -c paper.yaml --binance 8900 --speed 1   # for any client of Binance's

      tradewind exchange serve -c paper.yaml --binance 8900 --speed 1 --state exchange.log   # goes on after a kill -9

      tradewind exchange serve -c paper.yaml --binance 8900 --speed 1 --faults --keys keys.json   # see its page
    """
    logs_to_stderr()
    from tradewind.app.exchange_serving import Service, exchange_config, exchange_of
    from tradewind.exchange.keeping import read, write

    address = None if binance is not None and socket is None and port is None else _address(socket, port)
    service = Service(
        dead_seconds=dead_seconds, with_faults=faults, binance=binance, speed=speed, with_limits=limits, keys=keys,
        admin_token=admin_token, state=state,
    )  # fmt: skip
    made = exchange_of(exchange_config(config), catalog, account or ["main"], service)
    whole = state if binance is None else None  # with a dialect, its requests are kept as they come
    before = None if whole is None else read(whole)
    if before is not None:
        made.restore(before)
    asyncio.run(_serve(made, address))
    if whole is not None:
        write(whole, made.kept())


async def _serve(exchange: Exchange, address: Address | None) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def tell() -> None:
        for dialect in exchange.dialects:
            print(dialect.described(), flush=True)
        if address is not None:
            print(f"exchange at {address}", flush=True)

    await exchange.serve(address, tell, stop)


@app.command(epilog="Example: tradewind exchange show --socket /tmp/exchange --account main")
def show(
    *,
    socket: SocketOption = None,
    port: PortOption = None,
    account: AccountOption = "main",
    as_json: opt.JsonOption = False,
) -> None:
    """Show what an exchange trades, and what an account has."""
    from tradewind.venues.exchange.rest import facts_of

    facts = facts_of(_address(socket, port), account)
    emit(_as_data(facts), _told(facts, account), as_json=as_json)


@app.command(epilog="Example: tradewind exchange press drop --count 2 --socket /tmp/exchange")
def press(  # noqa: PLR0913 - what a fault is
    fault: Annotated[str, typer.Argument(help="disconnect, silence, stale, drop, duplicate, reorder, delay, slow …")],
    *,
    socket: SocketOption = None,
    port: PortOption = None,
    account: AccountOption = "main",
    count: Annotated[int, typer.Option("--count", help="How many words or submits it is about.")] = 1,
    seconds: Annotated[float, typer.Option("--seconds", help="How long, on the clock on the wall.")] = 0.0,
    link: Annotated[str, typer.Option("--link", help="market or private; both if not given.")] = "",
) -> None:
    """Make something go wrong between an exchange (started with --faults) and a client, to see what becomes of it."""
    from tradewind.exchange.faults import FAULTS
    from tradewind.venues.exchange.protocol import PressFault
    from tradewind.venues.exchange.rest import press as press_there

    if fault not in FAULTS:
        raise typer.BadParameter(f"no such fault: {fault}; there are {', '.join(FAULTS)}")
    press_there(_address(socket, port), PressFault(fault, account, count, seconds, link))
    print(f"{fault} at {account}")


def _address(socket: str | None, port: int | None) -> Address:
    from tradewind.venues._net.address import parse_address

    try:
        return parse_address(socket, None if port is None else f"tcp://127.0.0.1:{port}")
    except ValueError as error:
        raise ConfigError(f"{error}; here: --socket or --port") from None


def _as_data(facts: Facts) -> dict[str, object]:
    snapshot = facts.snapshot
    assert snapshot is not None
    return {
        "symbols": [instrument.symbol for instrument in facts.instruments],
        "interval": facts.interval,
        "data": facts.described,
        "now": facts.now,
        "speed": facts.speed,
        "is_over": facts.is_over,
        "accounts": facts.accounts,
        "balances": {str(each.asset): each.total for each in snapshot.balances or ()},
        "positions": {str(each.instrument): each.quantity for each in snapshot.positions or ()},
        "orders_open": len(snapshot.orders or ()),
        "orders_ever": facts.orders_ever,
        "duplicates_refused": facts.duplicates,
        "reports": facts.reports,
    }


def _told(facts: Facts, account: str) -> str:
    from tradewind.domain.time import iso

    data = _as_data(facts)
    data["now"] = iso(facts.now)
    data["speed"] = "waits for its clients" if facts.speed is None else f"{facts.speed:g}x"
    return table((f"account {account}", ""), [(key.replace("_", " "), _plain(value)) for key, value in data.items()])


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {amount}" for name, amount in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
