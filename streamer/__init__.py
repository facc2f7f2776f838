"""A live film machine: a sentence goes in, a film that never ends comes out."""

__version__ = "0.1.0"
