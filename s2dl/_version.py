"""The version, read by the build and by `s2dl.__version__`."""

__version__ = "0.1.0"
