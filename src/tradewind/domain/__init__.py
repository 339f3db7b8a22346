"""The vocabulary of Tradewind: what things are called, and nothing of what is done with them.

Imports nothing of ours, touches no clock, file or socket.
"""
