"""The client's side of an exchange that runs in a process of its own: its protocol, its links, its ports."""
