"""A signal strategy: two averages cross, and a plan says where to get out. Run it: `python examples/signals_ma.py`."""

import asyncio
import math

from tradewind.signals import Backtest, add_exchange, add_frame, add_strategy, get_candles

DAY = 24 * 60 * 60 * 1000
START = 1_704_067_200_000  # 2024-01-01, milliseconds UTC


def price(minute):
    """Wander up and down."""
    return round(50_000 + 1_500 * math.sin(minute / 200) + 120 * math.sin(minute / 17), 2)


def candles(symbol, interval, since, limit):
    """Made-up minutes; a real program asks its exchange, with a coroutine if it likes."""
    for n in range(limit):
        number = (since - START) // 60_000 + n
        first, last = price(number), price(number + 1)
        yield {
            "timestamp": since + n * 60_000, "open": first, "high": max(first, last) + 5,
            "low": min(first, last) - 5, "close": last, "volume": 1.0,
        }  # fmt: skip


def cross(symbol, when):
    """Go long when the average of 20 closes comes above that of 50."""
    closes = [c.close for c in get_candles(limit=51)]
    if len(closes) < 51:
        return None
    before = sum(closes[-21:-1]) / 20 > sum(closes[-51:-1]) / 50
    now = sum(closes[-20:]) / 20 > sum(closes[-50:]) / 50
    if before or not now:
        return None
    last = closes[-1]
    return {
        "position": "long", "price_take_profit": last * 1.01, "price_stop_loss": last * 0.98,
        "minute_estimated_time": 240, "note": "20 over 50",
    }  # fmt: skip


add_exchange(exchange_name="made-up", get_candles=candles)
add_strategy(strategy_name="ma", get_signal=cross, interval="5m")
add_frame(frame_name="three days", start_date=START, end_date=START + 3 * DAY)


async def main() -> None:
    """Run three days, and print what happened."""
    names = {"strategy_name": "ma", "exchange_name": "made-up", "frame_name": "three days"}
    async for result in Backtest.run("BTCUSDT", names, events="signals"):
        print(result.action, result.current_price, result.close_reason)
    print(await Backtest.get_report("ma"))


if __name__ == "__main__":
    asyncio.run(main())
