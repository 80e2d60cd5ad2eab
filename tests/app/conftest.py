"""Fixtures: the command line."""

from tests.cli.conftest import clinic, onethread

__all__ = ["clinic", "onethread"]
