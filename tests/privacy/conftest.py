"""Fixtures: the command line."""

from tests.cli.conftest import onethread as onethread
