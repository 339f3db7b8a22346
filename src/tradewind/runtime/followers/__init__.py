"""Processes that follow a session's journal: the recorder of its files, and the writer of the operational database.

Each has three modules: `*_process.py` is the session's side, `*_program.py` the process itself, `*_messages.py` what
they send each other. The session only says that its journal has more; what happened is read from the journal.
"""
