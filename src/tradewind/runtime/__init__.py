"""What drives an engine: a loop over the past, or a loop on the wall clock."""
