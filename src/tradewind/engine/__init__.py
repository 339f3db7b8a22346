"""The kernel: one event in, one step out."""
