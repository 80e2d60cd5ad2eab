"""Fixtures: the command line, as the tests of the app have it."""

from __future__ import annotations

from tests.cli.conftest import clinic, onethread

__all__ = ["clinic", "onethread"]
