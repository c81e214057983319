"""Runs the command line as `python -m guerdon`."""

from guerdon.cli import app

app()
