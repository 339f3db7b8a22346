"""What an algorithm may ask of its session besides orders: assets, time, schedules, records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from tradewind.domain.errors import StrategyExecutionError
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, civil, iso
from tradewind.strategy.algorithm.orders import AlgorithmOrders
from tradewind.strategy.algorithm.schedule import DateRule, Scheduled, TimeRule
from tradewind.strategy.algorithm.signatures import takes_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.algorithm.assets import Security
    from tradewind.strategy.algorithm.context import AlgorithmContext
    from tradewind.strategy.algorithm.data import BarData
    from tradewind.strategy.algorithm.portfolio import AlgorithmAccount, Portfolio

LEFT_OUT = {
    "attach_pipeline": "screen the session's assets in handle_data, or import what was screened as bars",
    "pipeline_output": "there are no pipelines here",
    "fetch_csv": "a session reads no files while it runs: import the data into the catalog first",
}
"""What we do not offer, and what to do instead."""


class Moment(int):
    """A time: nanoseconds since 1970-01-01 UTC, with the parts of its UTC date."""

    @property
    def year(self) -> int:
        """The year."""
        return civil(self // NS_PER_DAY)[0]

    @property
    def month(self) -> int:
        """The month, from 1."""
        return civil(self // NS_PER_DAY)[1]

    @property
    def day(self) -> int:
        """The day of the month, from 1."""
        return civil(self // NS_PER_DAY)[2]

    @property
    def hour(self) -> int:
        """The hour."""
        return self // NS_PER_HOUR % 24

    @property
    def minute(self) -> int:
        """The minute."""
        return self // NS_PER_MINUTE % 60

    @property
    def second(self) -> int:
        """The second."""
        return self // NS_PER_SECOND % 60

    def weekday(self) -> int:
        """Return the day of the week: Monday is 0."""
        return (self // NS_PER_DAY + 3) % 7

    def __str__(self) -> str:
        """Write it as `2024-06-25T23:59:00Z`."""
        return iso(self)

    def isoformat(self) -> str:
        """Write it as `2024-06-25T23:59:00Z`."""
        return iso(self)


class AlgorithmSession(AlgorithmOrders):
    """Assets, time, schedules, records."""

    def __init__(self) -> None:
        super().__init__()
        self.portfolio: Portfolio = None  # type: ignore[assignment] # these four as well
        self.account: AlgorithmAccount = None  # type: ignore[assignment]
        self.context: AlgorithmContext = None  # type: ignore[assignment]
        self._data: BarData = None  # type: ignore[assignment]
        self._scheduled: list[Scheduled] = []
        self._recorded: dict[str, Any] = {}
        """The latest value of each name that was recorded."""
        self._benchmark: Security | None = None

    def symbol(self, symbol_str: str) -> Security:
        """Return the asset of a symbol (`BTCUSDT`, `BTC/USDT`) or full id; `KeyError` names what there is."""
        return self._assets.named(symbol_str)

    def symbols(self, *names: str) -> list[Security]:
        """Return several assets; without a name, all of the session's."""
        return [self._assets.named(name) for name in names] if names else list(self._assets)

    def sid(self, sid: int) -> Security:
        """Return the asset at a place in the session's configuration, counted from 0."""
        return self._assets.at(sid)

    def future_symbol(self, symbol: str) -> Security:
        """Return the contract of a symbol; `KeyError` if the asset is none."""
        asset = self._assets.named(symbol)
        if asset not in self._assets.contracts(asset.symbol):
            raise KeyError(f"{asset} is no contract: it is {asset.instrument.kind.value}")
        return asset

    def continuous_future(
        self, root_symbol_str: str, offset: int = 0, roll: str = "volume", adjustment: str | None = "mul"
    ) -> Security:
        """Return the perpetual on an underlying: it never expires, so it is never rolled nor adjusted.

        `KeyError` if the session has none, or an `offset` asks for a later expiry.
        """
        chain = self._assets.contracts(root_symbol_str)
        if offset or not chain:
            what = f"contract {offset} after the nearest ({roll}, {adjustment})" if offset else "perpetual"
            raise KeyError(f"this session has no {what} on {root_symbol_str!r}")
        return chain[0]

    def get_datetime(self, tz: str | None = None) -> Moment:
        """Return the present, in UTC; `ValueError` for another zone, as a session knows none."""
        if str(tz or "UTC").upper() != "UTC":
            raise ValueError(f"a session's time is UTC, not {tz}")
        return Moment(self.ctx.now)

    def get_environment(self, field: str = "platform") -> Any:  # noqa: ANN401 - a text, or all fields
        """Return a fact of the session, or with `*` all of them.

        `arena` is always `live`: an algorithm that decided otherwise in a backtest would not have been tested.
        """
        facts = {
            "platform": "tradewind", "arena": "live", "data_frequency": self.ctx.interval,
            "capital_base": self.portfolio.starting_cash,
        }  # fmt: skip
        if field != "*" and field not in facts:
            raise ValueError(f"no field {field!r}; there are: {', '.join(facts)}")
        return facts if field == "*" else facts[field]

    def set_benchmark(self, benchmark: Security | str) -> None:
        """Name the asset that results are compared with; it is told in the log."""
        self._benchmark = self._assets.named(benchmark)
        self.ctx.log(f"benchmark: {self._benchmark}")

    def record(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - numbers and text by name
        """Keep values by name: `record(price=p)`, or `record("price", p)`; they are in `perf` and in the log table."""
        pairs = dict(zip(args[::2], args[1::2], strict=True)) | values
        self._recorded.update(pairs)
        self.ctx.record({str(name): value for name, value in pairs.items()})

    def schedule_function(
        self,
        func: Callable[..., object],
        date_rule: DateRule | None = None,
        time_rule: TimeRule | None = None,
        half_days: bool = True,  # noqa: FBT001, FBT002 - the order that people know
        calendar: str | None = None,
    ) -> None:
        """Have a function called on the days and at the times that rules pick, with `(context, data)`.

        Without a date rule every day, without a time rule with every bar. `half_days=False` leaves out sessions that
        close early. `calendar` is the code of an exchange or `24/7`; without it, the first asset's. On daily bars
        it is called with the day's bar, whatever the time rule says.
        """
        if isinstance(date_rule, TimeRule):
            raise TypeError("that is a time rule: give it as time_rule")
        code = calendar or self.ctx.instrument().calendar
        self.ctx.follow_days(code)
        name = getattr(func, "__name__", type(func).__name__)
        rules = date_rule or DateRule(), time_rule or TimeRule()
        self._scheduled.append(Scheduled(self.call_of(func), name, *rules, half_days, code))

    def call_of(self, func: Callable[..., object]) -> Callable[[], object]:
        """Return a call of an author's function with `(context, data)`, or with `(data)` if it takes no context."""
        return partial(func, *((self.context,) if takes_context(func, ("data",)) else ()), self._data)

    def attach_pipeline(self, /, *_: object, **__: object) -> NoReturn:
        """Raise: there are no pipelines here."""
        raise _left_out("attach_pipeline")

    def pipeline_output(self, /, *_: object, **__: object) -> NoReturn:
        """Raise: there are no pipelines here."""
        raise _left_out("pipeline_output")

    def fetch_csv(self, /, *_: object, **__: object) -> NoReturn:
        """Raise: a session reads no files."""
        raise _left_out("fetch_csv")


def _left_out(name: str) -> StrategyExecutionError:
    return StrategyExecutionError(f"{name} is not offered: {LEFT_OUT[name]}")
