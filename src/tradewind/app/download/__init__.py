"""Bars from a venue into the catalog: what is missing there, from archives where they have it, else page by page."""
