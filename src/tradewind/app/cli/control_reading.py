"""What `tradewind control` shows of a running session: how it stands, what it holds, what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.app.cli.control_saying import WHERE, client_of, nobody, with_options
from tradewind.app.cli.output import emit, table
from tradewind.domain.errors import NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

_HOLDING = ("strategy", "instrument", "quantity", "average_price", "last_price", "unrealized", "stops_at_the_venue")
_ORDER = (
    "id",
    "strategy",
    "instrument",
    "side",
    "type",
    "quantity",
    "filled",
    "price",
    "trigger",
    "state",
    "confirm_until",
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    _register(app, "status", "Show how a running session stands.", _status)
    _register(app, "positions", "Show what each strategy holds, and its stop at the venue.", _positions)
    _register(app, "breakers", "Show where each breaker stands, and what it does.", _breakers)
    _register(app, "orders", "Show the orders that are not over.", _orders)


def _register(app: typer.Typer, name: str, told: str, text: Callable[[Any], str]) -> None:
    def nothing() -> None:
        """Take no options of its own."""

    def call(**options: Any) -> None:  # noqa: ANN401 - as typer gives them
        try:
            answer = client_of(options["session"], options["root"], options["config"]).read(f"/{name}")
        except NoEngine as error:
            nobody(error, as_json=options["as_json"])
        emit(answer, text(answer), as_json=options["as_json"])

    nothing.__doc__ = told
    app.command(name, epilog=f"Example: tradewind control {name}")(with_options(nothing, call, WHERE))


def _status(told: dict[str, Any]) -> str:
    rows = [
        (name.replace("_", " "), plain(value))
        for name, value in told.items()
        if name not in ("session", "positions", "now")
    ]
    return table(("session", told["session"]), rows) + "\n\n" + _positions(told["positions"])


def _positions(told: list[dict[str, Any]]) -> str:
    if not told:
        return "no positions"
    heads = [name.replace("_", " ") for name in _HOLDING]
    return table(heads, [tuple(plain(each[name]) for name in _HOLDING) for each in told])


def _orders(told: list[dict[str, Any]]) -> str:
    rows = [tuple("" if each[name] is None else each[name] for name in _ORDER) for each in told]
    return table(_ORDER, rows) if rows else "no open orders"


def _breakers(told: list[dict[str, Any]]) -> str:
    names = ("breaker", "state", "action", "holds")
    return table(names, [tuple(plain(each[n]) for n in names) for each in told]) if told else "no breakers"


def plain(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(each)}" for name, each in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "n/a" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
