"""One session put together: its lease, what it resumes from, its files, its supervision, and the live run itself."""
