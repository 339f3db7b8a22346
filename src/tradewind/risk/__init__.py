"""Stage 3: whether to let it through, and how large."""
