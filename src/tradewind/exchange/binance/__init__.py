"""The Binance dialect of the local exchange: REST, streams and WebSocket API, on the accounts of the exchange."""
