"""Alerts: what a session tells people who are not looking, each thing once, and that it is over."""
