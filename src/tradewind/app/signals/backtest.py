"""`Backtest`: the signal style over the past, under its documented names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.app.signals.backtest_run import BacktestRun
from tradewind.app.signals.observers import DONE
from tradewind.app.signals.report import report_of, write_report
from tradewind.app.signals.setup import SETUP
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from tradewind.app.signals.result import SignalResult

WORDS = {"strategyName": "strategy_name", "exchangeName": "exchange_name", "frameName": "frame_name"}
NAMES = ("strategy_name", "exchange_name", "frame_name")
RUNS: dict[str, dict[tuple[str, str, str], BacktestRun]] = {}
"""The last run of each (symbol, exchange, frame), by strategy: what reports are made of."""


class Backtest:
    """The same strategy function over a frame of the past."""

    @staticmethod
    async def run(
        symbol: str, context: Mapping[str, Any] | None = None, *, events: str = "all", **names: str
    ) -> AsyncGenerator[SignalResult]:
        """Yield what happens on a frame: everything, or with `events="signals"` what moves, passing over the rest.

        Names are `strategy_name`, `exchange_name`, `frame_name`, or a mapping with them in its place.
        """
        if events not in ("all", "signals"):
            raise ConfigError(f"events: all or signals, not {events!r}")
        given = named(context, names, ("strategy_name", "exchange_name", "frame_name"))
        run = BacktestRun(symbol, (given[0], given[1], given[2]), fast=events == "signals")
        RUNS.setdefault(given[0], {})[symbol, given[1], given[2]] = run
        results = run.results(await run.load())
        try:
            async for result in results:
                await run.tell(result)
                yield result
        finally:
            await results.aclose()
        await DONE.tell(dict(zip(NAMES, given, strict=True)) | {"symbol": symbol})

    @staticmethod
    async def background(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> BacktestRun:
        """Run to the end without a consumer; return the run, with all that was rejected and dropped."""
        async for _ in Backtest.run(symbol, context, events="signals", **names):
            pass
        given = named(context, names, NAMES)
        return RUNS[given[0]][symbol, given[1], given[2]]

    @staticmethod
    async def get_report(strategy_name: str) -> str:
        """Return the report of the last run of each key of a strategy in this process."""
        runs = RUNS.get(strategy_name, {}).values()
        moves = sorted((moved for run in runs for moved in run.moves), key=lambda moved: moved.ts)
        return report_of(strategy_name, moves, now=SETUP.clock.now(), live=False, costs="as simulated, in Fees")

    @staticmethod
    async def dump(strategy_name: str, path: str | Path = "./logs/backtest") -> Path:
        """Write the report to `{path}/{strategy_name}.md` and return where it is."""
        return write_report(Path(path), strategy_name, await Backtest.get_report(strategy_name))


def named(context: Mapping[str, Any] | None, names: Mapping[str, str], wanted: tuple[str, ...]) -> list[str]:
    """Return the wanted names, from keywords or from a mapping in snake or camel case."""
    given = {WORDS.get(key, key): value for key, value in {**(context or {}), **names}.items()}
    strange = set(given) - set(wanted)
    if strange:
        raise ConfigError(f"unknown names: {', '.join(sorted(strange))}; wanted are {', '.join(wanted)}")
    missing = [name for name in wanted if name not in given]
    if missing:
        raise ConfigError(f"missing: {', '.join(missing)}")
    return [given[name] for name in wanted]
