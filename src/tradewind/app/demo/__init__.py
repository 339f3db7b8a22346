"""`tradewind demo`: a backtest and a paper session over the same bars, shown and compared in the terminal."""
