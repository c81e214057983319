"""Guerdon: a loyalty engine with one exact points ledger and many vendors' dialects."""

__version__ = "0.1.0"
