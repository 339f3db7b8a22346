"""`LiveTradingEngine` and what comes with it: the live side as a Python API. `tradewind.live` re-exports its names."""
