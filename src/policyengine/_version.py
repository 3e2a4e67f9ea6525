"""The version of the engine, as it stands in decision records."""

__version__ = "0.1.0"
