"""The outside: each folder is one venue and an island; no venue knows another."""
