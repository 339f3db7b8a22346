"""Instruments that move together count as one: how that is measured, and the cap on what is held of them."""
