"""Position sizers: how large an entry is that names no quantity, as a fraction of the equity."""
