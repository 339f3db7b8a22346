"""The limits of entries in fractions of the equity: what makes them smaller, and what refuses them."""
