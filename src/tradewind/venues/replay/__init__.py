"""Recorded market data, played back at any speed."""
