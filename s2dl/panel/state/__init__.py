"""All that the panel knows and does; no widget in it."""
