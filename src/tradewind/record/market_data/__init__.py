"""Recorded market data: import, checks, the catalog, the shipped sample, and streams out of them."""
