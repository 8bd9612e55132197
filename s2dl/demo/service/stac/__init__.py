"""The STAC catalogue: collections, items and their search, as of STAC 1.1 and the STAC API 1.0."""
