"""`tradewind control`: say something to a running session, and hear what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tradewind.app.cli import control_emergency, control_reading
from tradewind.app.cli.control_saying import WHERE, WORD, say, tell, with_options
from tradewind.app.cli.events import events

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show, pause, flatten and stop a running session. Exit codes: 0 done, 1 refused, 3 nobody answers, 4 in part.",
)
control_reading.add_to(app)
control_emergency.add_to(app)
app.command("logs", epilog="Example: tradewind control logs --follow")(events)

Symbol = Annotated[str | None, typer.Option("--symbol", help="Of this symbol alone.")]
BreakerName = Annotated[str, typer.Argument(help="Its name, as `breakers` shows it.")]
Strategy = Annotated[str | None, typer.Option("--strategy", help="Of this strategy alone.")]


def word(name: str, example: str = "") -> Callable[[Callable[..., dict[str, Any]]], None]:
    """Register a command: the function returns what is said beside operator, reason and patience."""

    def register(function: Callable[..., dict[str, Any]]) -> None:
        def call(**options: Any) -> None:  # noqa: ANN401 - as typer gives them
            shared = {key: options.pop(key) for key in (*WORD, *WHERE)}
            said = function(**options)
            tell(say(said.pop("command", name), said, shared), as_json=shared["as_json"])

        made = with_options(function, call, {**WORD, **WHERE})
        app.command(name, epilog=f"Example: tradewind control {example or name}")(made)

    return register


@word("pause", "pause --for 2h --reason 'news at two'")
def pause(
    *, lasting: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 4h; at most 24h.")] = "4h"
) -> dict[str, Any]:
    """Refuse every intent of the strategies for a time."""
    return {"for_seconds": _seconds(lasting)}


@word("resume")
def resume(*, strategy: Strategy = None) -> dict[str, Any]:
    """Trade again after a pause, a halt or close-only; exit code 4 if something else holds trading back."""
    return {"strategy": strategy}


@word("close-only", "close-only --reason 'margin is thin'")
def close_only() -> dict[str, Any]:
    """Let exposure only fall until resumed."""
    return {}


@word("halt", "halt --cancel all")
def halt(
    *,
    cancel: Annotated[
        Literal["entries", "all", "none"],
        typer.Option("--cancel", help="Which orders are taken back; with --strategy those of that one."),
    ] = "entries",
    strategy: Strategy = None,
) -> dict[str, Any]:
    """Take no new exposure, also after a restart, until resumed; exits go on."""
    return {"cancel": cancel, "strategy": strategy}


@word("cancel-all", "cancel-all --entries")
def cancel_all(
    *,
    entries: Annotated[bool, typer.Option("--entries", help="Leave what protects and what reduces.")] = False,
    symbol: Symbol = None,
    strategy: Strategy = None,
) -> dict[str, Any]:
    """Take all open orders back."""
    return {"which": "entries" if entries else "all", "symbol": symbol, "strategy": strategy}


@word("cancel", "cancel tw-12")
def cancel(order: Annotated[str, typer.Argument(help="The id of the order.")]) -> dict[str, Any]:
    """Take one order back."""
    return {"order": order}


@word("flatten", "flatten --symbol BTCUSDT")
def flatten(*, symbol: Symbol = None, strategy: Strategy = None) -> dict[str, Any]:
    """Close at the market what is held; strategies may open again."""
    return {"symbol": symbol, "strategy": strategy}


@word("reconcile")
def reconcile() -> dict[str, Any]:
    """Compare our books with the venue's now; exit code 4 if they differ for certain."""
    return {}


@word("approve", "approve rec-12")
def approve(
    report: Annotated[str, typer.Argument(help="The id of the report.")],
    *,
    reject: Annotated[bool, typer.Option("--reject", help="Leave our books as they are instead.")] = False,
) -> dict[str, Any]:
    """Correct our books by what a report was certain of."""
    return {"report": report, "command": "reject" if reject else "approve"}


@word("confirm", "confirm tw-12")
def confirm(
    order: Annotated[str, typer.Argument(help="The id of the order, as `orders` shows it.")],
    *,
    decline: Annotated[bool, typer.Option("--decline", help="Refuse it instead.")] = False,
) -> dict[str, Any]:
    """Let an entry go that waits to be confirmed; exit code 1 if the gate refuses it by now."""
    return {"order": order, "command": "decline" if decline else "confirm"}


@word("sync", "sync --emergency")
def sync(
    *, emergency: Annotated[bool, typer.Option("--emergency", help="With the executions of 30 days.")] = False
) -> dict[str, Any]:
    """Compare with the venue until nothing is left to look at again."""
    return {"emergency": emergency}


@word("trip", "trip manual --reason 'I do not trust the feed'")
def trip(breaker: BreakerName = "manual") -> dict[str, Any]:
    """Trip a breaker by hand; only a reset lets it go."""
    return {"breaker": breaker}


@word("reset", "reset max_drawdown --reason 'a deposit was booked late'")
def reset(breaker: BreakerName) -> dict[str, Any]:
    """Let a breaker go when our books have been found to be the venue's; needs a reason."""
    return {"breaker": breaker}


@word("drill", "drill daily_loss")
def drill(breaker: BreakerName) -> dict[str, Any]:
    """Give a breaker made-up input at its limit, on paper, and show that it trips."""
    return {"breaker": breaker}


@word("set", "set max_order_value 500")
def tighten(
    limit: Annotated[str, typer.Argument(help="The limit: max_order_value, max_leverage …")],
    value: Annotated[str, typer.Argument(help="What it is from now on: not more than before.")],
) -> dict[str, Any]:
    """Tighten a limit from the next order on, also after a restart; to loosen one takes a restart."""
    return {"limit": limit, "value": value}


@word("swap-strategy", "swap-strategy mine.py:Faster --set fast=10")
def swap_strategy(
    source: Annotated[str, typer.Argument(help="What takes its place; the same one if not given.")] = "",
    *,
    strategy: Annotated[str | None, typer.Option("--strategy", help="In whose place, if there are several.")] = None,
    given: Annotated[list[str] | None, typer.Option("--set", help="A parameter: NAME=VALUE, as JSON or text.")] = None,
    close_positions: Annotated[bool, typer.Option("--close-positions", help="Close what it holds first.")] = False,
) -> dict[str, Any]:
    """Put another strategy in a strategy's place between two events; what is held and its stops stay."""
    parameters = dict(_parameter(text) for text in given or ())
    return {"source": source, "strategy": strategy, "parameters": parameters, "close_positions": close_positions}


def _parameter(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{text!r} is no parameter; it is like fast=10")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _seconds(text: str) -> float:
    """Return a time like 90s, 30m or 4h in seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    try:
        return float(text[:-1]) * units[text[-1:]]
    except (ValueError, KeyError):
        raise typer.BadParameter(f"{text!r} is no time; it is like 90s, 30m or 4h") from None
