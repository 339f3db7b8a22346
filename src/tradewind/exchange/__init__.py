"""The exchange: simulated accounts and a market in a process of their own, which outlives the engines."""
