"""What a new version of the phone functions would change."""

from __future__ import annotations

import psycopg

from app import sources
from app.phone_metadata.upgrade import list_changes
from tests.app.commands import CommandLine


def test_a_changed_rule_lists_the_spellings_it_changes(clinic: CommandLine) -> None:
    older = sources.read_sources()["functions/normalize_phone.sql"]
    with psycopg.connect(clinic.url, autocommit=True) as db:
        db.execute(
            "insert into lead (business_id, phone) values (1, '050-123-4567'), (1, '+12015550123')"
        )
        assert list_changes(db) == []
        head = older[: older.index("as $$")]
        db.execute(
            f"{head}as $$ select case when default_region = 'IL' and left(raw, 1) <> '+' "
            "then '+972509999999' else raw end $$".encode()
        )
        expected = [
            {
                "raw": "050-123-4567",
                "region": "IL",
                "before": "+972509999999",
                "after": "+972501234567",
            }
        ]
        assert list_changes(db) == expected
        assert list_changes(db) == expected  # nothing was applied

        outcome = clinic("phone-metadata", "--json")
        assert (outcome.code, outcome.rows) == (0, expected)
        outcome = clinic("phone-metadata")
        assert "050-123-4567 (IL): +972509999999 -> +972501234567" in outcome.out
