"""What every bridge does, whatever the system: tried with Evolution API's tables."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread import cli
from onethread.doctor import OK, examine
from onethread.errors import OnethreadError
from onethread.schema.adoption.uninstall import uninstall
from onethread.schema.bridge import install
from onethread.schema.bridge.compose import Choices
from onethread.schema.bridge.files import find_bridge
from tests.bridge.site import Site, open_site

_numbers = count(1)


def message(person: int, *, is_ours: bool = False, **changed: Any) -> str:
    """A row of "Message" as a VALUES entry: somebody's, by LID and phone, or ours to the phone."""
    number = next(_numbers)
    phone = f"55319{80000000 + person}@s.whatsapp.net"
    key: dict[str, Any] = {"id": f"X{number}", "fromMe": is_ours, "remoteJid": phone}
    if not is_ours:
        key |= {"remoteJid": f"{877000000000000 + person}@lid", "remoteJidAlt": phone}
    key |= changed
    return (
        f"('x{number}', '{json.dumps(key)}', 'Somebody', 'conversation', "
        f"""'{{"conversation": "x{number}"}}', 'web', {1764500000 + number}, 'i1', 'PENDING')"""
    )


def insert(rows: Iterable[str]) -> str:
    """Their INSERT."""
    return (
        'insert into "Message" ("id", "key", "pushName", "messageType", "message", "source", '
        f'"messageTimestamp", "instanceId", "status") values {", ".join(rows)};'
    )


def missing(site: Site) -> list[str]:
    """Their rows that have no message, those that are none left out."""
    return [
        key
        for (key,) in site.rows(
            """
            select m."id" from "Message" m
            where m."id" like 'x%' and not exists (
              select from onethread_bridge.mirrored r
              where r.bridge = 'evolution' and r.relation = 'Message' and r.key = m."id")
            order by 1
            """
        )
    ]


def test_rows_are_taken_over_when_one_of_them_cannot_be(site: Site) -> None:
    bad = message(1, fromMe="perhaps")
    site.as_gateway(insert([message(1), bad, message(2)]))
    [key] = missing(site)
    assert [row[:3] for row in site.failures()] == [("Message", key, "22P02")]
    site.as_gateway(
        f"""
        update "Message" set "key" = jsonb_set("key", '{{fromMe}}', '"never"') where "id" = '{key}'
        """
    )
    assert site.catch_up() == install.CaughtUp(failed=1)
    site.run(
        f"""
        set session_replication_role = replica;
        update "Message" set "key" = jsonb_build_object(
          'id', '{key}', 'fromMe', false, 'remoteJid', '877000000000001@lid') where "id" = '{key}';
        reset session_replication_role;
        """
    )
    assert site.catch_up() == install.CaughtUp(retried=1)
    assert missing(site) == []
    assert site.failures() == []


def test_their_insert_succeeds_when_nothing_of_ours_works(site: Site) -> None:
    broken = {
        "alter table public.whatsapp_message rename to gone": "42P01",
        "alter function onethread_bridge.take_messages rename to gone": "42883",
        "alter table onethread_bridge.failure rename to gone": None,
        "alter schema onethread_bridge rename to gone": None,
    }
    for statement, state in broken.items():
        with site.connection.transaction(force_rollback=True):
            site.run(statement)
            rows = [message(3), message(4)]
            site.run(insert(rows))
            if state is not None:
                assert [row[2] for row in site.failures()] == [state, state]
            assert site.rows('select count(*) from "Message" where "id" like \'x%\'')[0][0] >= 2


def test_nothing_is_lost_when_four_sessions_insert_the_same_people_in_opposite_orders(
    site: Site,
) -> None:
    people = range(100, 130)
    errors: list[BaseException] = []

    def write(order: Iterable[int], is_ours: bool) -> None:
        try:
            site.as_gateway(insert([message(person, is_ours=is_ours) for person in order]))
        except BaseException as error:
            errors.append(error)

    sessions = [
        threading.Thread(target=write, args=(order, is_ours))
        for order in (people, people[::-1])
        for is_ours in (False, True)
    ]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert errors == []
    assert site.failures() == []
    assert missing(site) == []
    site.rows("select onethread.apply_pending_evidence(id) from public.business")
    assert site.rows(
        """
        select count(distinct m.conversation_id), count(*)
        from public.whatsapp_message m
        where m.from_number like '8770000000001__@lid' or m.to_number like '55319800001__@s.whats%'
        """
    ) == [(30, 120)]
    assert site.rows("select * from public.thread_integrity") == []


def test_a_circle_of_locks_ends_on_our_side(site: Site) -> None:
    with (
        psycopg.connect(site.url) as one,
        psycopg.connect(site.url) as two,
    ):
        one.execute(insert([message(200)]).encode())
        two.execute(insert([message(201)]).encode())
        waiting = threading.Thread(target=lambda: one.execute(insert([message(201)]).encode()))
        waiting.start()
        two.execute(insert([message(200)]).encode())
        waiting.join()
        one.commit()
        two.commit()
    assert {row[2] for row in site.failures()} == {"55P03"}
    assert [row[1] for row in site.failures()] == missing(site)
    assert site.catch_up().failed == 0
    assert missing(site) == []


def test_their_time_limit_is_theirs(site: Site) -> None:
    with psycopg.connect(site.url) as holder:
        holder.execute(insert([message(210)]).encode())
        with psycopg.connect(site.url, autocommit=True) as gateway:
            gateway.execute("set statement_timeout = '600ms'")
            gateway.execute(insert([message(210)]).encode())
        holder.rollback()
    assert len(missing(site)) == len(site.failures()) == 1
    site.catch_up()
    assert missing(site) == []


def test_history_is_read_on_when_it_was_interrupted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(more: int, total: int | None) -> None:
        if more == 3:
            raise InterruptedError

    monkeypatch.setattr(install, "BATCH", 3)
    before = site.rows("select count(*) from public.whatsapp_message")
    with pytest.raises(InterruptedError):
        install.catch_up(site.connection, "evolution", interrupt, from_start=True)
    unread = [each for each in install.list_status(site.connection) if not each.is_caught_up]
    assert [each.table for each in unread] == ["Message", "MessageUpdate"]
    assert unread[0].seen == 3
    total = site.rows('select count(*) from "Message"')[0][0]
    rest = site.rows('select count(*) from "MessageUpdate"')[0][0]
    assert site.catch_up().seen == total - 3 + rest
    assert site.rows("select count(*) from public.whatsapp_message") == before


def test_everything_is_caught_up_by_sql_alone(site: Site) -> None:
    site.as_gateway(insert([message(1, fromMe="55319880000")]))
    assert [row[3] for row in site.failures()] == ['invalid input syntax for type boolean: "…"']
    site.run(
        """
        update onethread_bridge.relation set last_key = null, is_caught_up = false;
        update onethread_bridge.failure set last_failed_at = now() - interval '2 min';
        update "Message" set "key" = jsonb_set("key", '{fromMe}', 'false')
        where "key" ->> 'fromMe' = '55319880000';
        """
    )
    seen = 0
    while count := site.rows("select onethread_bridge.catch_up_bridge('evolution')")[0][0]:
        seen += count
    assert seen > site.rows('select count(*) from "Message"')[0][0]
    assert site.failures() == missing(site) == []
    assert all(each.is_caught_up for each in install.list_status(site.connection))


def test_each_row_has_its_conversation_in_a_view(site: Site) -> None:
    site.as_gateway(insert([message(300), message(300, is_ours=True)]))
    reader = f"reader_{site.connection.info.dbname}"
    site.run(f"create role {reader}; grant onethread_reader to {reader}")
    site.run(
        f"insert into onethread.business_member select id, '{reader}' from public.business "
        "where name = 'clinic'"
    )
    query = """
    select count(*), count(distinct conversation_id) from onethread_bridge.conversation
    where bridge = 'evolution' and relation = 'Message' and {}
    """
    try:
        site.run(f"set role {reader}")
        assert site.rows(query.format("key in ('m1', 'm2')")) == [(2, 1)]
        assert site.rows(query.format("key = 'm7'")) == [(0, 0)]
    finally:
        site.run("reset role")
        site.run(f"drop owned by {reader}; drop role {reader}")


def test_doctor_tells_when_a_bridge_does_not_work(site: Site) -> None:
    def look() -> list[tuple[str, str]]:
        found = examine(site.connection, is_quick=True)
        return [(each.status, each.detail) for each in found if each.check == "bridges"]

    assert look() == [(OK, "in place: evolution")]
    site.as_gateway(insert([message(1, fromMe="perhaps")]))
    site.run('alter table "Message" disable trigger user')
    site.run("update onethread_bridge.bridge set definition_hash = 'x'")
    site.run("update onethread_bridge.relation set is_caught_up = false where name = 'Message'")
    told = " ".join(detail for _, detail in look())
    site.run('alter table "Message" enable trigger user')
    for words in ("Message (disabled)", "1 row could not", "not read: ", "another version's"):
        assert words in told
    site.apply()
    site.run("delete from \"Message\" where \"key\" ->> 'fromMe' = 'perhaps'")
    site.catch_up()
    assert look() == [(OK, "in place: evolution")]


def test_the_same_businesses_are_used_when_a_bridge_comes_back(site: Site) -> None:
    before = site.rows("select id, name from public.business order by 1")
    messages = site.rows("select count(*) from public.whatsapp_message")
    site.apply()
    install.remove(site.connection, "evolution")
    with pytest.raises(OnethreadError, match="not in place"):
        site.catch_up()
    site.apply()
    assert site.catch_up().failed == 0
    assert site.rows("select id, name from public.business order by 1") == before
    assert site.rows("select count(*) from public.whatsapp_message") == messages


def test_pairs_are_known_to_a_tenant_that_comes_later(site: Site) -> None:
    site.as_gateway(
        """
        insert into "Instance" ("id", "name") values ('late', 'late');
        """
        + insert(
            [
                message(0, remoteJid="876000000000003@lid", remoteJidAlt=None),
                message(0, is_ours=True, remoteJid="5531988880003@s.whatsapp.net"),
            ]
        ).replace("'i1'", "'late'")
    )
    threads = "select count(*) from whatsapp_conversation c inner join business b "
    threads += "on b.id = c.business_id where b.name = 'late'"
    assert site.rows(threads) == [(2,)]
    assert [each.table for each in install.list_status(site.connection) if not each.is_caught_up]
    site.catch_up()
    assert site.rows(threads) == [(1,)]


def test_hosts_roles_get_nothing_of_a_bridge(database: str) -> None:
    with open_site(database, "evolution") as site:
        site.run(
            f"alter default privileges grant all on tables to {site.gateway}; "
            f"alter default privileges grant all on functions to {site.gateway}; "
            f"alter default privileges grant all on schemas to {site.gateway}"
        )
        site.apply()
        assert (
            site.rows(
                f"""
            select c.oid::regclass::text
            from pg_class c, aclexplode(c.relacl) a
            where c.relnamespace = 'onethread_bridge'::regnamespace
              and a.grantee in (0, '{site.gateway}'::regrole)
            union all
            select p.oid::regprocedure::text
            from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            where p.pronamespace = 'onethread_bridge'::regnamespace
              and a.grantee in (0, '{site.gateway}'::regrole)
            union all
            select n.nspname from pg_namespace n, aclexplode(n.nspacl) a
            where n.nspname = 'onethread_bridge' and a.grantee in (0, '{site.gateway}'::regrole)
            """
            )
            == []
        )
        site.run(
            f"alter default privileges revoke all on tables from {site.gateway}; "
            f"alter default privileges revoke all on functions from {site.gateway}; "
            f"alter default privileges revoke all on schemas from {site.gateway}"
        )


def test_messages_are_stored_when_onethread_is_uninstalled(database: str) -> None:
    with open_site(database, "evolution") as site:
        site.apply()
        site.catch_up()
        uninstall(site.connection, drop_data=True)
        site.as_gateway(insert([message(1)]))
        assert site.failures() == []
        assert site.rows(
            "select conversation_id, body from public.whatsapp_message where body like 'x%'"
        ) == [(None, site.rows('select max("id") from "Message" where "id" like \'x%\'')[0][0])]
        install.remove(site.connection, "evolution")


def test_all_tenants_are_one_business_when_it_is_named(database: str) -> None:
    with open_site(database, "evolution") as site:
        site.run("insert into public.business (id, name) values (7, 'all'), (8, 'one')")
        site.apply(business_id=7)
        site.run("insert into onethread_bridge.tenant values ('evolution', 'i2', 8)")
        site.catch_up()
        assert site.rows(
            "select business_id, count(*) from public.whatsapp_message group by 1 order by 1"
        ) == [(7, 6), (8, 1)]


def test_a_bridge_is_written_from_the_docs(
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "bridge.md").read_text("utf-8")
    [example] = [
        part.partition("```")[0] for part in docs.split("```sql\n") if "-- My CRM." in part
    ]
    path = tmp_path / "my_crm.sql"
    path.write_text(example)
    monkeypatch.setenv("DATABASE_URL", database)

    def run(*options: str) -> str:
        code = cli.main(["bridge", "my_crm", *options])
        out, err = capsys.readouterr()
        return f"{code} {out}{err}"

    with open_site(database, "my_crm", (Path(__file__).parent / "my_crm.sql").read_text()) as site:
        assert "not in place" in run("--catch-up")
        script = run("--sql", "--file", str(path)).removeprefix("0 ")
        site.run(script)
        site.as_gateway(
            """
            insert into chat_line (person_id, is_ours, words)
            values ('00000000-0000-0000-0000-000000000002', true, 'sent later');
            update chat_line set wamid = 'A4', state = 'sent' where words = 'sent later';
            """
        )
        assert run("--status").startswith(
            "0 shop: triggers in place; what was there before is read up"
        )
        assert run("--catch-up") == "0 7 rows read, 0 that had failed taken over, 0 failed\n"
        assert site.threads() == [
            "clinic: < hello > good morning [read]",
            "clinic: > an offer > sent later [sent]",
        ]
        assert site.rows("select name, phone from public.lead order by 1") == [
            ("Ana", "+5531988880001"),
            ("Bia", "+5531988880002"),
        ]
        status = json.loads(run("--status", "--json")[2:])
        assert [(each["table"], each["messages"]) for each in status][-1] == ("chat_line", 4)
        assert run("--apply", "--file", str(path)).startswith("0 Triggers are on shop, person, ")
        assert run("--remove").startswith("0 ")
        assert run("--remove").startswith("1 ")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- X.\n", "no line `-- messages of"),
        ("-- X.\n-- messages of t by id\nselect 1 as key from theirs", "no column with its type"),
        ("-- X.\n-- messages of t by id int\nselect 1 as key from theirs", "no column direction"),
        (
            "-- X.\n-- digits: some\n-- messages of t by id int\n"
            "select 1 as key, 2 as direction, 3 as address from theirs",
            "typed or international",
        ),
        (
            "-- X.\n-- messages of t by id int\n"
            "select 1 as key, 2 as direction, 3 as address from t",
            "does not read theirs",
        ),
    ],
)
def test_a_file_is_refused_when_it_says_nothing(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "x.sql"
    path.write_text(text)
    with pytest.raises(OnethreadError, match=complaint):
        find_bridge("x", path)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("t.\"id\" as key, 'inbound' as direction, t.nothing as address", "nothing does not exist"),
        (
            "t.\"id\" as key, 'inbound' as direction, 'x' as address, 'y' as adress",
            "no column adress",
        ),
        (
            "t.\"id\" as key, 'inbound' as direction, 'x' as address, 'y' body",
            "body is not named",
        ),
        (
            "t.\"id\" as key, 'inbound' as direction, 'x' as address, 1 as sent_at",
            "cannot cast type integer",
        ),
    ],
)
def test_a_bridge_is_refused_when_its_select_does_not_fit(
    site: Site, tmp_path: Path, said: str, complaint: str
) -> None:
    path = tmp_path / "x.sql"
    path.write_text(f'-- X.\n-- messages of "Instance" by "id" text\nselect {said} from theirs t\n')
    with pytest.raises(OnethreadError, match=complaint):
        install.apply(site.connection, find_bridge("x", path), Choices())
    assert site.rows("select name from onethread_bridge.bridge") == [("evolution",)]


def test_what_to_do_is_said_when_a_bridge_does_not_fit(site: Site) -> None:
    with pytest.raises(OnethreadError, match=r"there is no table public\.accounts"):
        install.apply(site.connection, find_bridge("chatwoot"), Choices())
    with pytest.raises(OnethreadError, match="there is no bridge nobody"):
        find_bridge("nobody")
    with pytest.raises(OnethreadError, match="can be no bridge's name"):
        find_bridge("../evolution")


def test_tables_of_another_schema_are_bridged_when_it_is_named(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create schema gateway; set search_path = gateway")
        connection.execute((Path(__file__).parent / "systems" / "evolution.sql").read_bytes())
        install.apply(connection, find_bridge("evolution"), Choices(schema="gateway"))
        done = install.catch_up(connection, "evolution", lambda more, total: None)
        connection.execute(insert([message(1)]).encode())
        assert done.failed == 0
        [(stored,)] = connection.execute("select count(*) from public.whatsapp_message").fetchall()
        assert stored == 8
