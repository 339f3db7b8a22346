"""The policies of positions, reckoned alone."""
