"""What a new version of the phone functions would change."""

from __future__ import annotations

import psycopg

from app import sources
from app.phone_metadata.upgrade import list_changes, list_collisions
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

        assert list_collisions(db) == []
        db.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (1, 'inbound', '050-123-4567'), (1, 'inbound', '+972501234567')"
        )
        (collision,) = list_collisions(db)
        assert (collision["before"], collision["after"]) == ("+972509999999", "+972501234567")
        assert collision["conversation_id"] != collision["other_conversation_id"]

        outcome = clinic("phone-metadata", "--json")
        assert (outcome.code, outcome.rows) == (0, expected)
        outcome = clinic("phone-metadata")
        assert "050-123-4567 (IL): +972509999999 -> +972501234567" in outcome.out
        assert "would lead to another thread that exists: 1" in outcome.out
