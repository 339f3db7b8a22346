"""Made-up bars that look like a market's: the sample that Tradewind brings along, without a file in it.

Trends up and down and ranges, quiet and wild, change every eight hours; there are jumps; symbols move
together. A bar depends only on (seed, symbol, its time): two ranges agree wherever they overlap. Random
numbers are hashes of counters and the arithmetic is +, -, *, / in a fixed order, so that every machine
makes the same bytes; no library's sine or logarithm, which differ in the last digit, is used.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import Asset
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.time import NS_PER_MINUTE, Interval, day_number
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import Series
from tradewind.record.market_data.catalog import Catalog, InstrumentFacts
from tradewind.record.market_data.resample import resample

if TYPE_CHECKING:
    from collections.abc import Sequence

VENUE = "sample"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
DAYS = 30
SEED = 42
START_DAY = day_number(2024, 1, 1)

BLOCK_MINUTES = 480
MEMORY_BLOCKS = 90
"""A price is the sum of the last thirty days of moves around its base: it wanders, and stays in its world."""

SIGMA_MINUTE = 0.0006
"""The deviation of a minute's return in a quiet block, some 43 % a year; `SIGMA_WILD` times that in a wild one."""
SIGMA_WILD = 2.5
DRIFT_BLOCK = 0.012
JUMP_SIZE = 0.02
COMMON, OWN = 0.8, 0.6
"""How much of a move all symbols share; the squares add up to one."""

_MARKET = 0
_ADD = 0x9E3779B97F4A7C15
_MUL_1 = 0xBF58476D1CE4E5B9
_MUL_2 = 0x94D049BB133111EB
_MASK = 2**64 - 1
_SQRT_3 = 1.7320508075688772


class Profile(msgspec.Struct, frozen=True):
    """What a made-up symbol looks like: its base price, how wild it is, its steps and what is traded in a minute."""

    price: float
    beta: float
    tick_digits: int
    lot_digits: int
    volume: float


PROFILES = {
    "BTCUSDT": Profile(42_000.0, 1.0, 2, 5, 18.0),
    "ETHUSDT": Profile(2_300.0, 1.2, 2, 4, 210.0),
    "SOLUSDT": Profile(100.0, 1.8, 2, 2, 3_500.0),
    "XRPUSDT": Profile(0.6, 1.4, 4, 0, 350_000.0),
}
OTHER = Profile(100.0, 1.0, 2, 2, 1_000.0)


def sample_series(
    symbol: str, *, days: int = DAYS, seed: int = SEED, start_day: int = START_DAY, interval: str = "1m"
) -> pl.DataFrame:
    """Make the bars of a symbol for whole days from `start_day` (days since the epoch)."""
    profile = PROFILES.get(symbol, OTHER)
    minutes = _minutes(symbol, profile, seed, range(start_day * 3, (start_day + days) * 3))
    source, target = Interval.parse("1m"), Interval.parse(interval)
    return minutes if target == source else resample(minutes, source, target)


def sample_instrument(symbol: str) -> Instrument:
    """Return the instrument of a made-up symbol."""
    profile = PROFILES.get(symbol, OTHER)
    base = symbol.removesuffix("USDT")
    return Instrument(
        id=Series(VENUE, symbol, "1m").instrument,
        symbol=symbol,
        venue=VENUE,
        kind=InstrumentKind.SPOT,
        base=Asset(base),
        quote=Asset("USDT"),
        tick=Decimal(1).scaleb(-profile.tick_digits),
        lot=Decimal(1).scaleb(-profile.lot_digits),
        notional_min=Decimal(5),
    )


def write_sample(
    catalog: Catalog, *, symbols: Sequence[str] = SYMBOLS, days: int = DAYS, seed: int = SEED
) -> list[Series]:
    """Put the sample into a catalog, as 1m bars of the venue `sample`; return its series."""
    made = []
    for symbol in symbols:
        series = Series(VENUE, symbol, "1m")
        catalog.merge(series, sample_series(symbol, days=days, seed=seed), replace=True)
        catalog.put_facts(InstrumentFacts(sample_instrument(symbol)))
        made.append(series)
    return made


def _minutes(symbol: str, profile: Profile, seed: int, blocks: range) -> pl.DataFrame:
    # One block more at the front: the first bar opens where the one before it closed.
    lead = range(blocks.start - 1, blocks.stop)
    own = int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:8], "little") | 1
    shape = _blocks(seed, own, lead)
    frame = shape.select(pl.all().repeat_by(BLOCK_MINUTES).explode()).with_columns(
        minute=pl.int_range(pl.len()) + lead.start * BLOCK_MINUTES
    )
    frame = frame.with_columns(place=pl.col("minute") % BLOCK_MINUTES)
    frame = _returns(frame, seed, own)
    frame = frame.with_columns(walk=pl.col("drawn").cum_sum().over("block"))
    lack = pl.col("after") - pl.col("level") - pl.col("walk").last().over("block")
    # The walk is bent so that it ends where the block's move ends.
    bent = pl.col("level") + pl.col("walk") + lack * (pl.col("place") + 1) / BLOCK_MINUTES
    frame = frame.with_columns(exact=profile.price * _exp(frame.select(profile.beta * bent).to_series()))
    frame = _candles(frame, profile, seed, own)
    return frame.slice(BLOCK_MINUTES).select(
        (pl.col("minute") * NS_PER_MINUTE).alias("ts_open"), "open", "high", "low", "close", "volume"
    )


def _blocks(seed: int, own: int, blocks: range) -> pl.DataFrame:
    """Make the regime, the move and the level at the beginning of each block."""
    reach = range(blocks.start - MEMORY_BLOCKS, blocks.stop)
    moves = [_block(seed, own, block) for block in reach]
    rows = []
    for n, block in enumerate(blocks):
        sigma, _, jump_at, jump = moves[n + MEMORY_BLOCKS]
        level = 0.0
        for move in moves[n : n + MEMORY_BLOCKS]:
            level += move[1]
        after = level + moves[n + MEMORY_BLOCKS][1] - moves[n][1]
        rows.append((block, sigma, jump_at, jump, level, after))
    return pl.DataFrame(rows, schema=["block", "sigma", "jump_at", "jump", "level", "after"], orient="row")


def _block(seed: int, own: int, block: int) -> tuple[float, float, int, float]:
    """Draw a block: deviation of a minute, move over the block, minute and size of a jump."""
    draw = _hash(seed, _MARKET, block, 1)
    sigma = SIGMA_MINUTE * (SIGMA_WILD if draw % 3 == 0 else 1.0)
    drift = DRIFT_BLOCK * ((draw >> 8) % 3 - 1)
    common, alone = (_normal(_hash(seed, who, block, 2)) for who in (_MARKET, own))
    jumps = (draw >> 16) % 12 == 0
    jump = JUMP_SIZE * (1.0 if (draw >> 24) % 2 else -1.0) * (0.5 + (draw >> 32) % 1024 / 1024) if jumps else 0.0
    # 21.9 is the root of 480 minutes.
    move = drift + jump + 21.9 * sigma * (COMMON * common + OWN * alone)
    return sigma, move, (draw >> 44) % BLOCK_MINUTES, jump


def _returns(frame: pl.DataFrame, seed: int, own: int) -> pl.DataFrame:
    common, alone = (_normals(_hashes(frame["minute"], seed, who, 3)) for who in (_MARKET, own))
    jump = pl.when(pl.col("place") == pl.col("jump_at")).then(pl.col("jump")).otherwise(0.0)
    return frame.with_columns(drawn=pl.col("sigma") * (COMMON * common + OWN * alone) + jump)


def _candles(frame: pl.DataFrame, profile: Profile, seed: int, own: int) -> pl.DataFrame:
    """Put prices on the tick and give each bar wicks and a volume that grows with its move and with the hour."""
    ticks, lots = 10**profile.tick_digits, 10**profile.lot_digits
    wick = pl.col("exact") * pl.col("sigma") * profile.beta * ticks
    frame = frame.with_columns(
        hash=_hashes(frame["minute"], seed, own, 4), wick=wick, c=(pl.col("exact") * ticks).round()
    ).with_columns(o=pl.col("c").shift(1).fill_null(pl.col("c")))
    u_high, u_low, u_volume = (_piece(shift) / 65_536 for shift in (0, 16, 32))
    top, bottom = pl.max_horizontal("o", "c"), pl.min_horizontal("o", "c")
    move = (pl.col("c") - pl.col("o")).abs() / pl.col("wick")
    # Busiest at 15:00 UTC, half as busy twelve hours away; a triangle, as a cosine would not be the same everywhere.
    hour = 1.5 - ((pl.col("minute") % 1440 - 900).abs() / 1440)
    volume = profile.volume * hour * (0.2 + u_volume * u_volume * 2 + move * 0.5)
    high = top + (pl.col("wick") * u_high * u_high).round()
    low = pl.max_horizontal(bottom - (pl.col("wick") * u_low * u_low).round(), 1.0)
    # Polars divides by a number as it multiplies by its inverse; rounding gives the nearest double back.
    prices = {"open": pl.col("o"), "high": high, "low": low, "close": pl.col("c")}
    return frame.select(
        "minute",
        *((price / ticks).round(profile.tick_digits).alias(name) for name, price in prices.items()),
        (pl.max_horizontal((volume * lots).round(), 1.0) / lots).round(profile.lot_digits).alias("volume"),
    )


def _exp(x: pl.Series) -> pl.Series:
    """Return e to the x as (1 + x/1024) to the 1024: near enough, and the same on every machine."""
    power = 1 + x / 1024
    for _ in range(10):
        power = power * power
    return power


def _hash(*numbers: int) -> int:
    """Mix numbers into 64 bits (the finisher of SplitMix64, Steele, Lea and Flood 2014, once for each number)."""
    z = 0
    for number in numbers:
        z = (z ^ number) + _ADD & _MASK
        z = (z ^ (z >> 30)) * _MUL_1 & _MASK
        z = (z ^ (z >> 27)) * _MUL_2 & _MASK
        z ^= z >> 31
    return z


def _hashes(counters: pl.Series, *numbers: int) -> pl.Series:
    """Mix a column of counters, after the other numbers, as `_hash` does it; products wrap at 64 bits."""
    z = pl.col("z")
    frame = counters.cast(pl.UInt64).to_frame("z").select((z ^ _u64(_hash(*numbers))) + _u64(_ADD))
    frame = frame.select((z ^ (z // _u64(2**30))) * _u64(_MUL_1))
    frame = frame.select((z ^ (z // _u64(2**27))) * _u64(_MUL_2))
    return frame.select(z ^ (z // _u64(2**31))).to_series()


def _normal(bits: int) -> float:
    """Return a nearly normal number: four uniform ones of sixteen bits, added up and scaled to deviation one."""
    return (sum(bits >> shift & 0xFFFF for shift in (0, 16, 32, 48)) / 65_536 - 2) * _SQRT_3


def _normals(hashes: pl.Series) -> pl.Series:
    total = pl.sum_horizontal(_piece(shift) for shift in (0, 16, 32, 48))
    return hashes.to_frame("hash").select((total / 65_536 - 2) * _SQRT_3).to_series()


def _piece(shift: int) -> pl.Expr:
    return (pl.col("hash") // _u64(2**shift) % _u64(2**16)).cast(pl.Float64)


def _u64(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.UInt64)
