"""The signal style from end to end."""
