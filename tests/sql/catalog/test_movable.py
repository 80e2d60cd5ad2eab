"""A business can go to another server: nothing of the schema ties it to the others on its own."""

from __future__ import annotations

import re

from onethread.database.config import DB_DIR
from tests.catalog import CRM_TABLES, INSTALLATION_TABLES, OUR_SCHEMAS
from tests.conftest import Connection

# Run by hand on each server: what the phone functions read differently is keyed anew there.
LOCKS_TABLES = {"lock_phones"}

# About all businesses of a server; a cluster's programs ask each server.
ABOUT_ALL = {
    "count_waiting",
    "has_several_businesses",
    "list_pending_evidence",
    "list_webhook_secrets",
}


def test_every_key_begins_with_the_business(connection: Connection) -> None:
    keys = connection.execute(
        f"""
        select i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname
        from pg_index i
        join pg_class c on c.oid = i.indrelid
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique and c.relkind = 'r' and c.relnamespace in {OUR_SCHEMAS}
        """
    ).fetchall()
    ours = [key for key in keys if "yoyo" not in key[0]]
    assert len(ours) > 20
    others = {
        table.rpartition(".")[2]: column for table, _, column in ours if column != "business_id"
    }
    assert others.pop("business") == "id"
    assert set(others) == set(INSTALLATION_TABLES)


def test_every_reference_names_the_business(connection: Connection) -> None:
    references = connection.execute(
        f"""
        select r.conname, t.attname, f.attname, r.confrelid::regclass::text
        from pg_constraint r
        join pg_class c on c.oid = r.conrelid
        join pg_attribute t on t.attrelid = r.conrelid and t.attnum = r.conkey[1]
        join pg_attribute f on f.attrelid = r.confrelid and f.attnum = r.confkey[1]
        where r.contype = 'f' and c.relnamespace in {OUR_SCHEMAS} and c.relname !~ 'yoyo'
        """
    ).fetchall()
    assert len(references) > 10
    for name, column, referred, table in references:
        assert (column, referred) == (
            "business_id",
            "id" if table.rpartition(".")[2] == "business" else "business_id",
        ), name


def test_no_lock_is_more_than_rows_of_a_business() -> None:
    found = set()
    for path in (DB_DIR / "functions").rglob("*.sql"):
        code = re.sub(r"--[^\n]*", "", path.read_text("utf-8"))
        assert "advisory" not in code, f"{path.name}: no other server sees it"
        if re.search(r"\block\s+table\b", code, re.IGNORECASE):
            found.add(path.stem)
    assert found == LOCKS_TABLES


def test_functions_that_ask_of_no_business_are_known(connection: Connection) -> None:
    """What reads a tenant's table without a word of the business reads everybody's."""
    tables = "|".join(CRM_TABLES)
    rows = connection.execute(
        """
        select p.proname
        from pg_proc p
        where p.pronamespace = 'onethread'::regnamespace
          and p.prosrc ~ %s
          and p.prosrc !~ '(business_id|business_lock)'
          and pg_get_function_arguments(p.oid) !~ '(p_business_id|p_message|p_identity)'
        """,
        [rf"(from|join)\s+public\.({tables})\y"],
    ).fetchall()
    assert {row[0] for row in rows} <= ABOUT_ALL
