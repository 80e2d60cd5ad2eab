"""A story in a business of its own."""

from __future__ import annotations

import pytest

from tests.conftest import Connection
from tests.sql.story import Story


@pytest.fixture
def story(connection: Connection, business_id: int) -> Story:
    """No row yet; rolled back at the end."""
    return Story(connection, business_id)
