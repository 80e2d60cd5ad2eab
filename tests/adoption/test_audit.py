"""Look first: what the audit counts, and that it leaves nothing behind."""

from __future__ import annotations

import pytest

from onethread import cli
from onethread.schema.adoption.audit import audit
from tests.adoption.crm import Crm
from tests.conftest import add_login
from tests.migrations.test_migrations import dump_schema

_TRUTH = """
select count(*), count(*) filter (where spellings > 1)
from (
  select count(distinct to_number) as spellings
  from whatsapp_message where body like 'person %%' group by body
) p
"""


def test_people_and_threads_are_counted_when_nothing_is_installed(legacy: Crm) -> None:
    [(people, split)] = legacy.rows(_TRUTH)
    with legacy.connect() as connection:
        found = audit(connection, default_region="IL")
    assert (found.people, found.split_people) == (people, split)
    assert found.messages == legacy.value("select count(*) from whatsapp_message")
    assert found.to_link == legacy.value(
        "select count(*) from whatsapp_message where body like 'person %%'"
    )
    assert found.threads == legacy.value(
        "select count(distinct (business_id, to_number)) from whatsapp_message "
        "where body like 'person %%'"
    )
    assert {row["reason"] for row in found.unlinked} == {
        "address identifies nobody",
        "no address",
        "address is over 255 characters",
    }


def test_nothing_is_left_when_audited(legacy: Crm) -> None:
    before = dump_schema(legacy.url)
    objects = "select count(*) from pg_class union all select count(*) from pg_proc"
    counts = legacy.rows(objects)
    with legacy.connect() as connection:
        audit(connection)
        assert dump_schema(legacy.url) == before
    assert dump_schema(legacy.url) == before
    with legacy.connect() as connection:  # the temporary schema's objects go with their session
        connection.execute("discard temp")
    assert counts[0][0] <= legacy.rows(objects)[0][0] <= counts[0][0] + 20


def test_reading_is_enough_when_a_role_may_do_nothing_else(legacy: Crm) -> None:
    role = "reader_" + legacy.name
    with legacy.connect() as connection:
        add_login(connection, role)
        connection.execute(f"grant select on all tables in schema public to {role}")
    try:
        with legacy.connect(user=role) as connection:
            assert audit(connection, default_region="IL").people > 0
    finally:
        with legacy.connect() as connection:
            connection.execute(f"drop owned by {role}")
            connection.execute(f"drop role {role}")


def test_region_is_asked_for_when_nobody_said_it(
    adopted: Crm, legacy: Crm, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit", "--database-url", legacy.url]) == 0
    assert "--default-region" in capsys.readouterr().out
    assert cli.main(["audit", "--database-url", legacy.url, "--default-region", "IL"]) == 0
    assert "--default-region" not in capsys.readouterr().out
    assert cli.main(["audit", "--database-url", adopted.url]) == 0
    assert "--default-region" not in capsys.readouterr().out


def test_digits_are_masked_when_examples_are_shown(legacy: Crm) -> None:
    with legacy.connect() as connection:
        examples = audit(connection, default_region="IL").examples
    assert len(examples) == 5
    assert [e.thread_count for e in examples] == sorted(
        (e.thread_count for e in examples), reverse=True
    )
    for example in examples:
        for thread in example.threads:
            assert sum(character.isdigit() for character in thread) <= 5
            assert "•" in thread


def test_old_messages_count_as_their_own_threads_when_not_backfilled(adopted: Crm) -> None:
    with adopted.connect() as connection:
        found = audit(connection)
    [(people, split)] = adopted.rows(_TRUTH)
    assert (found.people, found.split_people) == (people, split)
