"""Programs that others wrote, against what we built: each in an environment of its own, as a process of its own."""
