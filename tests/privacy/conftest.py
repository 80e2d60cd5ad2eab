"""Fixtures: the command line, and a CRM's database that was adopted and not linked yet."""

from tests.adoption.conftest import adopted as adopted
from tests.adoption.conftest import adopted_template as adopted_template
from tests.adoption.conftest import legacy_template as legacy_template
from tests.cli.conftest import onethread as onethread
