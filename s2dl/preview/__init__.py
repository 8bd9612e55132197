"""Previews: quicklooks as pictures."""
