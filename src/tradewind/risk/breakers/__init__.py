"""Breakers: they stop new risk when something goes wrong, and say under which conditions it may go on."""
