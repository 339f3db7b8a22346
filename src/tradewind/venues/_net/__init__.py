"""What venues share of the way to them; no venue's own."""
