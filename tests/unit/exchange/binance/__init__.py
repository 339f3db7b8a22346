"""Units of the Binance dialect."""
