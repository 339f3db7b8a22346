"""`tradewind strategy check`: find look-ahead, randomness and hidden inputs by running a strategy several ways."""
