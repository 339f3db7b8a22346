"""Position policies: where stops and targets are, and when a position is left. Pure; `engine/` carries them out."""
