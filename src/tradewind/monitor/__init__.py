"""Watches a session from its committed steps: counts, latencies, and what is made of them."""
