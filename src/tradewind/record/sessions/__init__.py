"""Session folders: how they are created, found, loaded, queried, rebuilt, and which session continues which."""
