"""The house rules as tests: each says what is wrong, where, and what to write instead."""
