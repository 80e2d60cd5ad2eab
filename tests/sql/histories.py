"""Random histories of a business: everything that anybody may do to its people, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.conftest import Connection, add_business
from tests.privacy.erasing import erase
from tests.sql.query import rows, scalar

_START = datetime(2026, 1, 1, tzinfo=UTC)
_PHONES = [f"+97250{number}111111" for number in range(1, 4)]
_LIDS = [f"87600000000000{number}@lid" for number in range(1, 5)]
_BSUIDS = ["IL.00000000000001", "IL.00000000000002"]
_OWN = "+972509999999"
_GROUP = "120363000000000001@g.us"

WRONG_QUESTIONS = """
select
  e.a_key, e.b_key, array[asked.first, asked.second] as asked,
  array[first_id, second_id] as now
from whatsapp_identity_evidence e
cross join lateral onethread.suggested_threads(e)
left join lateral (
  select k.first_conversation_id as first, k.second_conversation_id as second
  from onethread.whatsapp_identity_conflict k
  where k.business_id = e.business_id and k.evidence_id = e.id and k.settled_at is null
) asked on true
where e.business_id = %s
  and e.weight = 'claimed'
  and e.inert_reason is null
  and (asked.first, asked.second) is distinct from (first_id, second_id)
"""
"""Claims about which something else is asked than is to be asked as things are."""

REFUSALS = {
    "23505",  # the message was delivered again
    "55000",  # a join that is refused, an undo that is not possible
    "P0002",  # nobody with this address, no such merge
    "22023",  # only a phone can be split from a time on
}
"""SQLSTATEs with which a function may decline what a human asks."""


class History:
    """One business, and what happened to it; every step is written down as it is taken."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self.steps: list[str] = []
        self._connection = connection
        self._random = random.Random(seed)
        self._business_id = add_business(connection)
        addresses = [*_PHONES, *_LIDS, *_BSUIDS, _OWN]
        self._cast = self._random.sample(addresses, self._random.randint(3, len(addresses)))
        self._step = 0

    def run(self, length: int) -> None:
        """Takes that many steps."""
        actions: list[tuple[Callable[[], None], int]] = [
            (self._write_message, 8),
            (self._correct_message, 3),
            (self._say_evidence, 4),
            (self._add_lead, 2),
            (self._change_lead, 2),
            (self._insert_conversation, 2),
            (self._merge, 2),
            (self._undo, 2),
            (self._split, 1),
            (self._declare_different, 1),
            (self._erase, 1),
            (self._backfill, 1),
            (self._change_own_number, 1),
            (self._change_pending, 1),
        ]
        names, weights = zip(*actions, strict=True)
        for action in self._random.choices(names, weights, k=length):
            self._step += 1
            try:
                with self._connection.transaction():
                    action()
            except psycopg.Error as error:
                assert error.sqlstate in REFUSALS, (error, self.steps)
                self.steps.append(f"-- {error.sqlstate}")

    def violations(self) -> list[str]:
        """What thread_integrity says when nothing is pending any more."""
        for _ in range(3):
            pending = self._ask("select onethread.apply_pending_evidence(%s)", self._business_id)
            if pending == 0:
                break
        return [
            f"{row.problem} {row.id}"
            for row in rows(
                self._connection,
                "select problem, id from thread_integrity where business_id = %s",
                self._business_id,
            )
        ] + [
            f"claim and question disagree {row.a_key} {row.b_key}: {row.asked}, {row.now}"
            for row in rows(self._connection, WRONG_QUESTIONS, self._business_id)
        ]

    # -- what may happen

    def _write_message(self) -> None:
        sides = [self._anybody(), self._choose([None, None, self._anybody()])]
        direction = self._choose(["inbound", "outbound"])
        aliases = self._choose([None, None, [self._anybody()], [self._anybody(), self._anybody()]])
        participant = None
        if self._random.random() < 0.1:
            sides, participant = [_GROUP, None], self._anybody()
        if direction == "outbound":
            sides.reverse()
        self._ask(
            "insert into whatsapp_message (business_id, direction, from_number, to_number, "
            "contact_aliases, participant, lead_id, provider, provider_message_id, sent_at) "
            "values (%s, %s, %s, %s, %s, %s, %s, 'test', %s, %s) returning id",
            self._business_id,
            direction,
            *sides,
            aliases,
            participant,
            self._choose([None, None, None, self._some("lead")]),
            self._choose([None, "A1", "A2"]),
            self._time(),
        )

    def _correct_message(self) -> None:
        column, value = self._choose(
            [
                ("from_number", self._anybody()),
                ("to_number", self._anybody()),
                ("direction", self._choose(["inbound", "outbound"])),
                ("contact_aliases", [self._anybody()]),
                ("lead_id", self._some("lead")),
                ("sent_at", self._time()),
            ]
        )
        self._ask(
            f"update whatsapp_message set {column} = %s where business_id = %s and id = %s "
            "returning id",
            value,
            self._business_id,
            self._some("whatsapp_message"),
        )

    def _say_evidence(self) -> None:
        lead_id = self._some("lead")
        anybody: list[str | None] = [self._anybody(), self._anybody()]
        if lead_id is not None and self._random.random() < 0.2:
            anybody[0] = f"lead:{lead_id}"
        relation = self._choose(["same", "same", "replaced", "replaced", "different"])
        if relation == "replaced" and self._random.random() < 0.3:
            anybody[1] = None
        weight = self._choose(["attested", "attested", "claimed"])
        self._ask(
            "insert into whatsapp_identity_evidence "
            "(business_id, a, b, relation, source, observed_at, weight, is_undated) "
            "values (%s, %s, %s, %s, 'test', %s, %s, %s) on conflict do nothing returning id",
            self._business_id,
            *anybody,
            relation,
            self._time(),
            "attested" if relation == "different" else weight,
            self._random.random() < 0.2,
        )

    def _add_lead(self) -> None:
        self._ask(
            "insert into lead (business_id, phone) values (%s, %s) returning id",
            self._business_id,
            self._choose([None, *_PHONES, _OWN]),
        )

    def _change_lead(self) -> None:
        lead_id = self._some("lead")
        if self._random.random() < 0.5:
            self._ask(
                "delete from lead where business_id = %s and id = %s returning id",
                self._business_id,
                lead_id,
            )
        else:
            self._ask(
                "update lead set phone = %s where business_id = %s and id = %s returning id",
                self._choose([None, *_PHONES, _OWN]),
                self._business_id,
                lead_id,
            )

    def _insert_conversation(self) -> None:
        lead_id = self._some("lead")
        key = self._choose(
            [f"phone:{self._business_id}:{phone}" for phone in _PHONES]
            + [f"lid:{self._business_id}:{lid.removesuffix('@lid')}" for lid in _LIDS]
            + [f"lead:{self._business_id}:{lead_id or 0}", "vip", _OWN]
        )
        conflict = self._choose(
            [
                "",
                "on conflict do nothing",
                "on conflict (business_id, canonical_key) where canonical_key is not null "
                "do update set canonical_key = excluded.canonical_key, lead_id = excluded.lead_id",
            ]
        )
        self._ask(
            "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
            f"values (%s, %s, %s) {conflict} returning id",
            self._business_id,
            key,
            self._choose([None, lead_id]),
        )

    def _merge(self) -> None:
        self._ask(
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            self._business_id,
            self._some("whatsapp_conversation"),
            self._some("whatsapp_conversation"),
        )

    def _undo(self) -> None:
        self._ask(
            "select onethread.undo_merge(%s, %s)",
            self._business_id,
            self._some("onethread.whatsapp_conversation_merge"),
        )

    def _split(self) -> None:
        identity = self._choose(
            rows(
                self._connection,
                "select kind, value from whatsapp_identity where business_id = %s "
                "and valid_until is null and kind in ('phone', 'lid', 'bsuid') order by id",
                self._business_id,
            )
            or [None]
        )
        if identity is not None:
            self._ask(
                "select onethread.split_identifier(%s, %s, %s, %s)",
                self._business_id,
                identity.kind,
                identity.value,
                self._choose([None, self._time()]),
            )

    def _declare_different(self) -> None:
        self._ask(
            "select onethread.declare_different(%s, %s, %s, 'test')",
            self._business_id,
            self._some("whatsapp_conversation"),
            self._some("whatsapp_conversation"),
        )

    def _erase(self) -> None:
        address = self._anybody()
        self.steps.append(f"erase {address}")
        erase(self._connection, self._business_id, address)

    def _backfill(self) -> None:
        """A few messages are loaded without the triggers, as a restore does it."""
        self._connection.execute("set local session_replication_role = replica")
        for _ in range(self._random.randint(1, 3)):
            self._ask(
                "insert into whatsapp_message (business_id, direction, from_number, "
                "contact_aliases, sent_at) values (%s, 'inbound', %s, %s, %s) returning id",
                self._business_id,
                self._anybody(),
                self._choose([None, None, [self._anybody()]]),
                self._time(),
            )
        self._connection.execute("set local session_replication_role = origin")
        while self._ask("select onethread.link_unlinked_messages(%s, 2)", self._business_id):
            pass

    def _change_own_number(self) -> None:
        value = self._choose([_OWN, _OWN, *_PHONES])
        deleted = self._ask(
            "delete from business_number where business_id = %s and value = %s returning 1",
            self._business_id,
            value,
        )
        if deleted is None:
            statement = self._choose(
                [
                    "insert into business_number (value, business_id, kind) "
                    "values (%s, %s, 'phone') returning 1",
                    "update business_number set value = %s where business_id = %s returning 1",
                ]
            )
            self._ask(statement, value, self._business_id)

    def _change_pending(self) -> None:
        """Evidence could not be applied at the moment, and is applied by whoever comes next."""
        self._ask(
            "update whatsapp_identity_evidence set applied_at = null "
            "where business_id = %s and id = %s and inert_reason is null "
            "and relation <> 'different' returning id",
            self._business_id,
            self._some("whatsapp_identity_evidence"),
        )

    # -- helpers

    def _anybody(self) -> str:
        return self._random.choice(self._cast)

    def _time(self) -> datetime:
        """Mostly now, sometimes late."""
        step = self._step if self._random.random() < 0.7 else self._random.randint(0, self._step)
        return _START + timedelta(hours=step)

    def _some(self, table: str) -> int | None:
        ids = [
            row.id
            for row in rows(
                self._connection,
                f"select id from {table} where business_id = %s order by id",
                self._business_id,
            )
        ]
        return self._choose(ids) if ids else None

    def _choose(self, values: Any) -> Any:
        return self._random.choice(values)

    def _ask(self, query: str, *parameters: Any) -> Any:
        self.steps.append(f"{query} {parameters}")
        return scalar(self._connection, query, *parameters)
