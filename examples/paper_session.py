"""A paper session from Python: engine, strategy, data, broker, callbacks."""

from pathlib import Path

from tradewind.live import Callbacks, CryptoCommission, LiveTradingEngine, PaperBroker

engine = (
    LiveTradingEngine()
    .initialize({"symbols": ["BTCUSDT"], "interval": "5m", "data_output_path": "sessions"})
    .load_strategy_from_file(Path(__file__).with_name("rsi_bracket.py"))
    .set_strategy_config("low: 25.0")
    .set_market_data("replay", {"path": "sample", "end": "2024-01-08"})
    .set_trading(PaperBroker(commission_model=CryptoCommission("0.0005", "0.001")))
)
callbacks = Callbacks(
    on_engine_start=lambda symbols, interval, path: print("begins:", ", ".join(symbols), interval),
    on_order_filled=lambda order, fill: print(order.side.value, fill.quantity, order.instrument, "at", fill.price),
    on_engine_stop=lambda error: print("ended in good order" if error is None else f"ended by {error}"),
)
print("session:", engine.run_sync(callbacks))
