"""Fixtures: the command line."""

from tests.cli.conftest import onethread

__all__ = ["onethread"]
