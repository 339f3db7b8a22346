"""Stage 1: what is true of the market."""
