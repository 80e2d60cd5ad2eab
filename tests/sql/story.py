"""A story told as rows of one business, a day apart."""

from __future__ import annotations

from typing import Any

from tests.conftest import Connection, insert
from tests.sql.query import message, rows, scalar


class Story:
    """Rows of one business, a day apart."""

    def __init__(self, connection: Connection, business_id: int) -> None:
        self.connection = connection
        self.business_id = business_id
        self._day = 0

    def message(self, address: str = "", day: int | None = None, **columns: Any) -> int:
        if address:
            columns["from_number"] = address
            columns.setdefault("provider", "meta_cloud")
        row = insert(self.connection, self.business_id, "inbound", sent_at=self._at(day), **columns)
        return int(row.id)

    def evidence(
        self,
        relation: str,
        a: str,
        b: str | None,
        day: int | None = None,
        weight: str = "attested",
        is_undated: bool = False,
    ) -> None:
        self.connection.execute(
            "insert into whatsapp_identity_evidence "
            "(business_id, a, b, relation, source, observed_at, weight, is_undated) "
            "values (%s, %s, %s, %s, 'test', %s, %s, %s)",
            [self.business_id, a, b, relation, self._at(day), weight, is_undated],
        )

    def claim(self, a: str, b: str, day: int | None = None) -> None:
        """Says that two are one, as a stranger may."""
        self.evidence("same", a, b, day, "claimed")

    def threads(self, *message_ids: int) -> list[int]:
        """The thread of each message, numbered as they appear."""
        found = [message(self.connection, each).conversation_id for each in message_ids]
        assert None not in found
        integrity = "select * from thread_integrity where business_id = %s"
        assert rows(self.connection, integrity, self.business_id) == []
        return [found.index(each) for each in found]

    def conflicts(self) -> list[Any]:
        """The open questions: evidence, reason, and the conversations it is about."""
        return rows(
            self.connection,
            "select e.a, e.b, e.source, e.weight, k.kind, k.reason, k.first_conversation_id, "
            "k.second_conversation_id from onethread.whatsapp_identity_conflict k "
            "inner join whatsapp_identity_evidence e "
            "on e.business_id = k.business_id and e.id = k.evidence_id "
            "where k.business_id = %s and k.settled_at is null order by k.id",
            self.business_id,
        )

    def conversation_of(self, message_id: int) -> int:
        """The conversation of a message now."""
        return int(message(self.connection, message_id).conversation_id)

    def count(self, table: str) -> int:
        """Rows of the business in a table."""
        query = f"select count(*) from {table} where business_id = %s"
        return int(scalar(self.connection, query, self.business_id))

    def _at(self, day: int | None) -> str:
        if day is None:
            self._day += 1
            day = self._day
        return f"2026-01-{day:02d} 12:00Z"
