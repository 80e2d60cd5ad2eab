"""onethread_writer says who is whom, and when; what follows from it is the database's to say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, rows, scalar

LID, PHONE = "876019134910105@lid", "+972501234567"
COPY = {
    "provider": "waha",
    "provider_message_id": "3EB0A1B2C3D4E5F60001",
    "body": "hello",
    "sent_at": "2026-05-01 12:00+00",
}
EVIDENCE = "public.whatsapp_identity_evidence"


@contextmanager
def writing(connection: Connection, business_id: int) -> Iterator[None]:
    """Inside, the session is a writer of the business."""
    connection.execute(
        "insert into onethread.business_member (business_id, role_name) "
        "values (%s, 'onethread_writer') on conflict do nothing",
        [business_id],
    )
    with connection.transaction():
        connection.execute("set local role onethread_writer")
        yield
        connection.execute("reset role")


def test_writer_gives_its_own_columns_of_evidence(connection: Connection, business_id: int) -> None:
    with writing(connection, business_id):
        connection.execute(
            f"insert into {EVIDENCE} (business_id, a, b, relation, source, observed_at) "
            "values (%s, %s, %s, 'same', 'my gateway', '2026-01-01')",
            [business_id, LID, PHONE],
        )
    [row] = rows(connection, f"select a_key, b_key, applied_at from {EVIDENCE}")
    assert (row.a_key, row.b_key) == ("lid::876019134910105", f"phone::{PHONE}")
    assert row.applied_at is not None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("a_key", "lead::1"), ("b_key", "phone::+1"), ("a_at", "2026-01-01"),
        ("b_at", "2026-01-01"), ("applied_at", "2026-01-01"), ("inert_reason", "none"),
        ("created_at", "2020-01-01"), ("id", "1"),
    ],
)  # fmt: skip
def test_writer_may_not_give_what_the_database_makes_of_it(
    connection: Connection, business_id: int, column: str, value: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        writing(connection, business_id),
    ):
        connection.execute(
            f"insert into {EVIDENCE} (business_id, a, b, relation, {column}) "
            "values (%s, %s, %s, 'same', %s)",
            [business_id, LID, PHONE, value],
        )


def test_writer_learns_from_copies(connection: Connection, business_id: int) -> None:
    with writing(connection, business_id):
        for address in (LID, PHONE):
            names = ", ".join(COPY)
            connection.execute(
                f"insert into whatsapp_message (business_id, direction, from_number, {names}) "
                "values (%s, 'inbound', %s, %s, %s, %s, %s)",
                [business_id, address, *COPY.values()],
            )
        ids = [COPY["provider_message_id"]]
        assert scalar(connection, "select onethread.learn_from_copies(%s, %s)", business_id, ids)
    asked = "select count(*) from onethread.whatsapp_identity_conflict"
    assert scalar(connection, asked) == 1


def test_writer_learns_nothing_of_another_business(
    connection: Connection, business_id: int
) -> None:
    other_id = add_business(connection, "Other")
    for address in (LID, PHONE):
        insert(connection, other_id, "inbound", address=address, **COPY)
    with pytest.raises(psycopg.errors.NoDataFound), writing(connection, business_id):
        connection.execute(
            "select onethread.learn_from_copies(%s, %s)", [other_id, [COPY["provider_message_id"]]]
        )
    assert scalar(connection, f"select count(*) from {EVIDENCE}") == 0


@pytest.mark.parametrize("column", ["a_key", "b_key"])
@pytest.mark.parametrize(
    "key",
    [
        "", "lead:1", "lead::", "lead::abc", "lead::007", "lead::9223372036854775808",
        "lead::99999999999999999999", "lead::1 ", " lead::1", "lead::1\n", "phone::972501234567",
        "phone::+97250x", "phone::++97250", "phone:IL:+972501234567", "phone::+1 phone::+2",
        "lid::876@lid", "lid::", "bsuid::US", "bsuid:ENT:x", "group::1@g.us", "other::0",
        "~lead::1",
    ],
)  # fmt: skip
def test_key_of_another_form_is_refused_whoever_writes_it(
    connection: Connection, business_id: int, column: str, key: str
) -> None:
    """It would be taken apart, and fail, in every message of the person that it is about."""
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            f"insert into {EVIDENCE} (business_id, a, b, relation, applied_at, {column}) "
            "values (%s, %s, %s, 'same', now(), %s)",
            [business_id, LID, PHONE, key],
        )


@pytest.mark.parametrize("lead_id", [-5, 0, 7, 10**18, 2**63 - 1])
def test_every_lead_that_there_can_be_has_a_key(
    connection: Connection, business_id: int, lead_id: int
) -> None:
    connection.execute(
        "insert into lead (business_id, id, phone) values (%s, %s, %s)",
        [business_id, lead_id, PHONE],
    )
    insert(connection, business_id, "inbound", address=PHONE)
    keys = f"select array[a_key, b_key] from {EVIDENCE} where inert_reason is null"
    assert scalar(connection, keys) == [f"lead::{lead_id}", f"phone::{PHONE}"]


def test_evidence_is_what_it_was_when_restored(connection: Connection) -> None:
    """Pending or applied, and also when its text would be read as somebody else today."""
    business_id = add_business(connection, "Kenya", "KE")
    insert(connection, business_id, "outbound", address="00120611316")
    add_lead(connection, business_id, "00120611316")
    for a, b in ((LID, PHONE), ("nobody", PHONE), ("US.13491208655302741918", LID)):
        connection.execute(
            f"insert into {EVIDENCE} (business_id, a, b, relation) values (%s, %s, %s, 'same')",
            [business_id, a, b],
        )
    pending = f"update {EVIDENCE} set applied_at = null where inert_reason is null"
    assert connection.execute(pending).rowcount == 3
    before = rows(connection, f"select * from {EVIDENCE} order by id")
    content = dumped(connection)
    connection.execute(f"delete from {EVIDENCE}")
    with connection.cursor().copy(f"copy {EVIDENCE} from stdin") as copy:
        copy.write(content)

    def without_time(stored: list[Any]) -> list[Any]:
        return [row._replace(applied_at=None) for row in stored]

    assert without_time(rows(connection, f"select * from {EVIDENCE} order by id")) == without_time(
        before
    )


def dumped(connection: Connection) -> bytes:
    """The table as pg_dump writes it."""
    content = io.BytesIO()
    with connection.cursor().copy(f"copy {EVIDENCE} to stdout") as copy:
        for part in copy:
            content.write(part)
    return content.getvalue()
