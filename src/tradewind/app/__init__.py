"""The outermost layer: what people start, and where things are put together."""
