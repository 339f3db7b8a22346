"""Stage 2: what to want. Strategies, their context and their indicators."""
