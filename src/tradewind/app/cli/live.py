"""`tradewind live`: a session in real time, on paper unless both live flags are given."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.app.cli import run_options as opt
from tradewind.app.cli.exits import Exit
from tradewind.app.cli.output import emit, logs_to_stderr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.app.config import Config
    from tradewind.app.session.live_run import LiveRun
    from tradewind.app.session.standby import Standby
    from tradewind.record.stats.live import LiveTradeStats

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ProviderOption = Annotated[
    str | None, typer.Option("--market-data-provider", "--provider", help="replay, mock, binance, polygon …")
]
SpeedOption = Annotated[str | None, typer.Option("--speed", help="Of a replay: 1x is real time, 60x, or max.")]
TradingOption = Annotated[str | None, typer.Option("--trading-provider", help="paper, binance-paper, binance-live …")]
TradingConfigOption = Annotated[
    Path | None, typer.Option("--trading-config", help="A file with the settings of the trading provider.")
]
StrategyOption = Annotated[str | None, typer.Option("--strategy", help="The same as STRATEGY.")]
WasmOption = Annotated[str | None, typer.Option("--strategy-wasm", help="A WASM guest.")]
KeyOption = Annotated[str | None, typer.Option("--polygon-api-key", help="For --market-data-provider polygon.")]
CacheOption = Annotated[int | None, typer.Option("--cache-size", help="Closed bars kept for each symbol.")]
PrefetchTypeOption = Annotated[str | None, typer.Option("--prefetch-type", help="date or days.")]
PrefetchStartOption = Annotated[str | None, typer.Option("--prefetch-start", help="With --prefetch-type date.")]
PrefetchDaysOption = Annotated[int | None, typer.Option("--prefetch-days", help="With --prefetch-type days.")]
LiveOption = Annotated[bool, typer.Option("--live-trading", help="Real orders; needs the next flag as well.")]
RisksOption = Annotated[bool, typer.Option("--i-understand-the-risks", help="Real orders; needs the flag before.")]
PaperOption = Annotated[bool, typer.Option("--paper-trading", help="Simulated orders: the default.")]
StandbyOption = Annotated[
    bool, typer.Option("--standby", help="Wait while another engine trades the account, and take over when it ends.")
]
MockOption = Annotated[bool, typer.Option("--mock-data", help="Generated market data.")]
ResumeOption = Annotated[
    str | None, typer.Option("--resume", metavar="[SESSION]", help="Resume this session; without a name, the newest.")
]
FreshOption = Annotated[bool, typer.Option("--fresh", "--no-resume", help="Start a new account; resume nothing.")]

NEWEST = "newest"
_SESSION = re.compile(r"\d{4}-\d{2}-\d{2}(/run_\d+)?|latest|newest|(.*/)?\d{4}-\d{2}-\d{2}/run_\d+/?")


@app.command()
def live(  # noqa: PLR0913 - the flags of a session
    strategy: opt.StrategyArgument = None,
    *,
    strategy_option: StrategyOption = None,
    strategy_wasm: WasmOption = None,
    strategy_config: opt.StrategyConfigOption = None,
    config: opt.ConfigOption = None,
    provider: ProviderOption = None,
    polygon_api_key: KeyOption = None,
    mock_data: MockOption = False,
    data: opt.DataOption = None,
    speed: SpeedOption = None,
    trading_provider: TradingOption = None,
    trading_config: TradingConfigOption = None,
    symbols: opt.SymbolsOption = None,
    interval: opt.IntervalOption = None,
    cache_size: CacheOption = None,
    param: opt.ParamOption = None,
    cash: opt.CashOption = None,
    start: opt.StartOption = None,
    end: opt.EndOption = None,
    out: opt.OutOption = None,
    seed: opt.SeedOption = None,
    prefetch_type: PrefetchTypeOption = None,
    prefetch_start: PrefetchStartOption = None,
    prefetch_days: PrefetchDaysOption = None,
    live_trading: LiveOption = False,
    understood: RisksOption = False,
    paper_trading: PaperOption = False,
    standby: StandbyOption = False,
    resume: ResumeOption = None,
    fresh: FreshOption = False,
    catalog: opt.CatalogOption = opt.CATALOG,
    as_json: opt.JsonOption = False,
) -> None:
    """Run a session in real time: every step is journaled, and its tables can be read while it runs.

    For example:

      tradewind live examples/sma_cross.py:SmaCross --data sample --speed max

      tradewind live my.py:Mine --data BTCUSDT_1m.parquet --speed 60x --symbols BTCUSDT

      tradewind live my.py:Mine --mock-data --symbols BTCUSDT --interval 1m

      tradewind live -c session.yaml --standby

      tradewind live -c session.yaml --resume 2025-10-01/run_3
    """
    given = dict(locals())
    logs_to_stderr()
    from tradewind.app.config import load_config
    from tradewind.app.session.live_run import prepare
    from tradewind.runtime.callbacks import Callbacks

    checked = load_config(config, flags_of(given))
    real = _tell_mode(checked, live_trading=live_trading, understood=understood)
    display = None if as_json else Display(checked)
    callbacks = Callbacks(on_strategy_error=_strategy_raised)
    with _waiting(standby=standby) as waiting:
        run = prepare(
            checked, catalog, callbacks=callbacks, on_stats=None if display is None else display.stats,
            standby=waiting, resume="" if resume in (None, NEWEST) else resume, real=real,
        )  # fmt: skip
    try:
        raise typer.Exit(_run(run, display, as_json=as_json))
    except asyncio.CancelledError:
        print("stopped at once by a second signal; the journal is complete", file=sys.stderr)
        raise typer.Exit(Exit.INTERRUPTED) from None


def completed(words: list[str]) -> list[str]:
    """Return the words of a command line, `--resume` completed where no session follows it."""
    found = list(words)
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word == "--resume" and not _SESSION.fullmatch(following):
            found[place] = f"--resume={NEWEST}"
    return found


def flags_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration keys that the options of `live`, by their names, come to."""
    from tradewind.app.config import read_parameters
    from tradewind.domain.errors import ConfigError

    strategy = given["strategy"] or given["strategy_option"] or given["strategy_wasm"]
    shared = ("config", "data", "symbols", "interval", "cash", "start", "end", "out", "seed", "strategy_config")
    flags = opt.overrides_of(strategy=strategy, params=given["param"], **{name: given[name] for name in shared})
    provider = "mock" if given["mock_data"] else given["provider"]
    if provider not in (None, "replay"):
        flags = {key: value for key, value in flags.items() if not key.startswith("market_data.")}
    if given["fresh"] and given["resume"]:
        raise ConfigError("--fresh and --resume exclude each other: give one of them")
    kind, start, days = given["prefetch_type"], given["prefetch_start"], given["prefetch_days"]
    return flags | {
        "market_data.provider_type": provider or flags.get("market_data.provider_type"),
        "market_data.config.speed": given["speed"],
        "market_data.config.api_key": given["polygon_api_key"],
        "trading.provider_type": given["trading_provider"] or flags.get("trading.provider_type"),
        "trading.config": read_parameters(given["trading_config"]) if given["trading_config"] else None,
        "engine.market_data_cache_size": given["cache_size"],
        "engine.prefetch.enabled": True if kind or days or start else None,
        "engine.prefetch.start_time_type": kind or ("date" if start else None),
        "engine.prefetch.start_time": start,
        "engine.prefetch.days": days,
        "recovery.resume": "never" if given["fresh"] else "always" if given["resume"] == NEWEST else None,
    }


@contextlib.contextmanager
def _waiting(*, standby: bool) -> Iterator[Standby | None]:
    """Wait for the account's lease, if that is wanted; a signal ends the wait in order."""
    from tradewind.app.session.standby import Standby
    from tradewind.app.session.supervision import notify_of

    if not standby:
        yield None
        return
    with contextlib.closing(notify_of()) as notify:
        waiting = Standby(lambda text: print(f"standby: {text}", file=sys.stderr, flush=True), notify)
        try:
            yield waiting
        except KeyboardInterrupt:
            if not waiting.is_stopped:
                raise
            print("standby: stopped; it has not traded", file=sys.stderr)
            raise typer.Exit(Exit.OK) from None


def _tell_mode(config: Config, *, live_trading: bool, understood: bool) -> bool:
    """Tell whether orders are real; refuse half a confirmation, and say it where they are not what one may think."""
    from tradewind.app.config import environment
    from tradewind.app.safety import trading_mode

    mode = trading_mode(
        live_trading=live_trading,
        understood=understood,
        venue_is_real=config.trading.is_real,
        environ_mode=environment().get("TRADING_MODE"),
    )
    if mode.notice:
        print(mode.notice, file=sys.stderr)
    return mode.real


def _run(run: LiveRun, display: Display | None, *, as_json: bool) -> int:
    if run.before is not None:
        print(run.before.summary(), file=sys.stderr)
    if display is None:
        asyncio.run(run.run())
    else:
        with display.of(run):
            asyncio.run(run.run())
    stats = run.stats
    parent = None if run.before is None else run.before.entry.name
    told = {"session": str(run.files.folders.home), "parent": parent, "stats": stats, "open_orders": run.left_open}
    emit(told, "", as_json=True) if as_json else _print(run, stats)
    if run.held:
        print(f"held after an error: {', '.join(run.held)}", file=sys.stderr)
        return Exit.FAILED
    return Exit.LEFT_OPEN if run.left_open else Exit.OK


def _strategy_raised(event: object, error: BaseException) -> None:
    """Say at once what a strategy raised; the session goes on, mostly without it."""
    where = getattr(error, "context", {}).get("where", "")
    print(f"strategy error: {error}{f' at {where}' if where else ''} ({type(event).__name__})", file=sys.stderr)


class Display:
    """One line that moves while a session runs: how far it is, and what it has come to."""

    def __init__(self, config: Config) -> None:
        self._symbols = ", ".join(config.engine.symbols)
        self._latest: LiveTradeStats | None = None

    def stats(self, stats: LiveTradeStats) -> None:
        """Take the newest statistics."""
        self._latest = stats

    def of(self, run: LiveRun) -> Any:  # noqa: ANN401 - a context manager of rich
        """Return the display of a run, to be entered."""
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        class _Line:
            def __rich__(line) -> Text:  # noqa: N805 - `self` is the display's
                return Text(self._line(run))

        return Live(_Line(), console=Console(stderr=True), refresh_per_second=4, transient=True)

    def _line(self, run: LiveRun) -> str:
        from tradewind.domain.time import iso

        engine, stats = run.world.engine, self._latest
        line = f"{run.session.status.value}  {self._symbols}  {iso(engine.view.now)}  {engine.seq:,} events"
        if stats is not None:
            line += f"  {stats.trade_result.number_of_trades} trades  P&L {_known(stats.trade_pnl.total_pnl)}"
            refused = sum(stats.cumulative.refusals.values())
            line += f"  {refused:,} refused" if refused else ""
        return line


def _known(value: Decimal | float | None, form: str = ",.2f") -> str:
    return "n/a" if value is None else format(value, form)


def _unvalued(count: int) -> str:
    return f" ({count:,} not valued)" if count else ""


def _print(run: LiveRun, stats: LiveTradeStats) -> None:
    from tradewind.app.cli.output import table
    from tradewind.report.figures import told_refusals

    result, pnl = stats.cumulative.trade_result, stats.cumulative.trade_pnl
    rows = (
        ("trades", f"{result.number_of_trades:,}{_unvalued(result.number_of_unvalued_trades)}"),
        ("win rate", _known(result.win_rate, ".2%")),
        ("realised P&L, after costs", _known(pnl.realized_pnl)),
        ("total P&L", _known(pnl.total_pnl)),
        ("max drawdown", _known(result.max_drawdown, ".2%")),
        ("fees", _known(stats.cumulative.total_fees)),
        ("refused", told_refusals(stats.cumulative.refusals)),
        ("orders left open", run.left_open),
        ("session", run.files.folders.home),
    )
    print(table(("session ended", ""), rows))
