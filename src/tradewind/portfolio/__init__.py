"""Stage 5: what we have. Ledger, positions, round trips and what they are worth."""
