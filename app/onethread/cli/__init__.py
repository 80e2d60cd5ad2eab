"""The command onethread."""

from onethread.cli.main import main

__all__ = ["main"]
