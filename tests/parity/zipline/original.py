"""Runs a program by Zipline itself, in a Python that has it: `python original.py program.py bars.json`; prints JSON.

Two things are made as ours are. Orders fill at the open of the next bar: Zipline's own models fill at its close. And
its calendar of 24/7 ends a day at the next midnight, which it takes for the day before: on daily bars an algorithm
would be shown yesterday's bar. Ours for it ends at 23:59.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN002, ANN202 - in the words of Zipline

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

CAPITAL = 1_000_000.0
BUNDLE = "ours"


def main() -> None:
    """Run one program over the bars of a file."""
    program, given = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as root:
        os.environ["ZIPLINE_ROOT"] = root
        sys.stdout.write(json.dumps(run(program, given)))


def run(program: str, given: dict) -> dict:
    """Ingest the bars as a bundle and run the program over them."""
    import pandas as pd
    from zipline import run_algorithm
    from zipline.finance.slippage import SlippageModel
    from zipline.utils.calendar_utils import get_calendar

    class AtOpen(SlippageModel):
        def process_order(self, data, order):
            return data.current(order.asset, "open"), order.open_amount

    name, first, last = ingested(given)
    functions, kept = runpy.run_path(program), {}

    def initialize(context) -> None:
        functions["initialize"](context)
        context.set_slippage(AtOpen())

    def analyze(context, perf) -> None:
        kept.update(calls=context.calls, mornings=getattr(context, "mornings", 0))

    calendar = get_calendar(name)
    perf = run_algorithm(
        start=pd.Timestamp(given["start"]), end=last, initialize=initialize,
        handle_data=functions.get("handle_data"), before_trading_start=functions.get("before_trading_start"),
        analyze=analyze, capital_base=CAPITAL, bundle=BUNDLE, trading_calendar=calendar, data_frequency="daily",
        benchmark_returns=pd.Series(0.0, index=calendar.sessions_in_range(first, last)),
    )  # fmt: skip
    return kept | told(perf)


def ingested(given: dict) -> tuple:
    """Make a bundle of the bars; return the name of its calendar, its first and its last session."""
    import pandas as pd
    from exchange_calendars import register_calendar_type
    from zipline.data.bundles import ingest, register
    from zipline.utils.calendar_utils import TradingCalendar

    class EveryDay(TradingCalendar):
        name = "EVERYDAY"
        tz = ZoneInfo("UTC")
        weekmask = "1111111"
        open_times = ((None, time(0, 0)),)
        close_times = ((None, time(23, 59)),)

    frames = {
        symbol: pd.DataFrame(rows, columns=["date", "open", "high", "low", "close", "volume"])
        .assign(date=lambda frame: pd.to_datetime(frame["date"]))
        .set_index("date")
        for symbol, rows in given["bars"].items()
    }
    first = min(frame.index[0] for frame in frames.values())
    last = max(frame.index[-1] for frame in frames.values())

    def bundle(*writers) -> None:
        asset_db, daily, adjustments = writers[1], writers[3], writers[4]
        facts = {
            "symbol": list(frames), "asset_name": list(frames), "start_date": first, "end_date": last,
            "first_traded": first, "auto_close_date": last + pd.Timedelta(days=9), "exchange": "X",
        }  # fmt: skip
        asset_db.write(
            equities=pd.DataFrame(facts),
            exchanges=pd.DataFrame([{"exchange": "X", "canonical_name": "X", "country_code": "US"}]),
        )
        daily.write(((sid, frame) for sid, frame in enumerate(frames.values())), show_progress=False)
        adjustments.write()

    name = given["calendar"]
    if name == "24/7":
        name = EveryDay.name
        register_calendar_type(name, EveryDay)
    register(BUNDLE, bundle, calendar_name=name, start_session=first, end_session=last)
    ingest(BUNDLE, show_progress=False)
    return name, first, last


def told(perf) -> dict:
    """Return the days, orders and executions of a run."""
    rows = list(perf.itertuples())
    return {
        "days": [[str(row.Index.date()), row.portfolio_value, row.ending_cash, row.ending_exposure] for row in rows],
        "orders": [
            [str(order["created"].date()), order["sid"].symbol, order["amount"]]
            for row in rows
            for order in row.orders
            if order["created"].date() == row.Index.date()
        ],
        "fills": [
            [str(fill["dt"].date()), fill["sid"].symbol, fill["amount"], fill["price"]]
            for row in rows
            for fill in row.transactions
        ],
    }


if __name__ == "__main__":
    main()
