"""Stores of leases, in a SQLite file or in PostgreSQL: which process may act for an account."""
