"""The venues that this version has, and what each can do."""
