"""Choosing among scenes: without superseded baselines, by overpass, and the clearest that cover a region."""
