"""The algorithm style: strategies as Zipline users write them, on the ordinary `Strategy` and `Context`."""
