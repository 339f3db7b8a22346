"""The simulated venue: the only one, behind backtest, paper, shadow and the local exchange."""
