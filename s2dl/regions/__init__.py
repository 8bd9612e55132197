"""Readers behind `s2dl.region`: from a file or text to shapes, and from shapes to one valid area on Earth."""
