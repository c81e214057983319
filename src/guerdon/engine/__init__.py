"""What can be asked of Guerdon: one function per question or command, each one transaction."""

from guerdon.engine.engine import Engine

__all__ = ["Engine"]
