"""Previews: quicklooks as files and on a map, where they truly lie."""
