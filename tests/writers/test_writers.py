"""The same person, written by every kind of program: one conversation."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
import sqlalchemy
from sqlalchemy import orm

from onethread.messages.write import insert_message
from onethread.model.message import Message
from tests import server
from tests.conftest import add_business

# Writes one inbound message of the business from the address.
Writer = Callable[[str, int, str], None]

PHONE = "972501234567"
_INSERT = "insert into whatsapp_message (business_id, direction, from_number) values "

_NODE_PROGRAM = """
const { Client } = require("pg");
const [target, businessId, address] = JSON.parse(process.argv[1]);
(async () => {
  const client = new Client(target);
  await client.connect();
  const { rows } = await client.query(
    "insert into whatsapp_message (business_id, direction, from_number, payload) " +
      "values ($1, 'inbound', $2, $3) returning conversation_id",
    [businessId, address, { from: address }],
  );
  if (rows[0].conversation_id === null) throw new Error("not linked");
  await client.end();
})().catch((error) => { console.error(error); process.exit(1); });
"""


class _Base(orm.DeclarativeBase):
    pass


class _WhatsappMessage(_Base):
    """A model as an application has it: it knows some columns and reads back the conversation."""

    __tablename__ = "whatsapp_message"

    id: orm.Mapped[int] = orm.mapped_column(
        sqlalchemy.BigInteger,
        server_default=sqlalchemy.text("nextval('whatsapp_message_id_seq')"),
        primary_key=True,
    )
    business_id: orm.Mapped[int] = orm.mapped_column(sqlalchemy.BigInteger, primary_key=True)
    conversation_id: orm.Mapped[int | None] = orm.mapped_column(
        sqlalchemy.BigInteger, server_default=sqlalchemy.FetchedValue()
    )
    direction: orm.Mapped[str]
    from_number: orm.Mapped[str | None]

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012  # SQLAlchemy's own convention


def _write_psql(uri: str, business_id: int, address: str) -> None:
    program = _find_psql()
    if program is None:
        pytest.skip("psql is not installed")
    values = "(:business_id, 'inbound', :'address')"
    subprocess.run(  # the tests' own command
        [
            *(program, "-X", "-q", "-v", "ON_ERROR_STOP=1"),
            *("-v", f"business_id={business_id}", "-v", f"address={address}", uri),
        ],
        input=f"{_INSERT}{values};",
        text=True,
        check=True,
        timeout=60,
    )


def _find_psql() -> str | None:
    beside_server = server.find_program("psql")
    return str(beside_server) if os.access(beside_server, os.X_OK) else shutil.which("psql")


def _write_psycopg(uri: str, business_id: int, address: str) -> None:
    with psycopg.connect(uri) as connection:
        connection.execute(f"{_INSERT}(%s, 'inbound', %s)", [business_id, address])


def _write_many(uri: str, business_id: int, address: str) -> None:
    with psycopg.connect(uri) as connection:
        connection.cursor().executemany(
            f"{_INSERT}(%s, 'inbound', %s)", [(business_id, address)] * 3
        )


def _write_copy(uri: str, business_id: int, address: str) -> None:
    with (
        psycopg.connect(uri) as connection,
        connection.cursor().copy(
            "copy whatsapp_message (business_id, direction, from_number) from stdin"
        ) as copy,
    ):
        copy.write_row((business_id, "inbound", address))


def _write_prepared(uri: str, business_id: int, address: str) -> None:
    with psycopg.connect(uri) as connection:
        for _ in range(8):  # Past the fifth, PostgreSQL may run its generic plan.
            connection.execute(
                f"{_INSERT}(%s, 'inbound', %s)", [business_id, address], prepare=True
            )


def _write_orm(uri: str, business_id: int, address: str) -> None:
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(uri))
    with orm.Session(engine) as session:
        message = _WhatsappMessage(
            business_id=business_id, direction="inbound", from_number=address
        )
        session.add(message)
        session.flush()
        assert message.conversation_id is not None
        session.commit()
    engine.dispose()


def _write_orm_returning(uri: str, business_id: int, address: str) -> None:
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(uri))
    row = {"business_id": business_id, "direction": "inbound", "from_number": address}
    with orm.Session(engine) as session:
        messages = session.scalars(
            sqlalchemy.insert(_WhatsappMessage).returning(_WhatsappMessage), [row, row]
        ).all()
        assert len({message.conversation_id for message in messages} - {None}) == 1
        session.commit()
    engine.dispose()


def _write_asyncpg(uri: str, business_id: int, address: str) -> None:
    async def write() -> None:
        connection = await asyncpg.connect(uri)
        try:
            conversation_id = await connection.fetchval(
                f"{_INSERT}($1, 'inbound', $2) returning conversation_id", business_id, address
            )
            assert conversation_id is not None
            await connection.copy_records_to_table(
                "whatsapp_message",
                records=[(business_id, "inbound", address)],
                columns=["business_id", "direction", "from_number"],
            )
        finally:
            await connection.close()

    asyncio.run(write())


def _write_app(uri: str, business_id: int, address: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        row = insert_message(
            connection, business_id, Message(direction="inbound", from_number=address)
        )
    assert row is not None
    assert row["conversation_id"] is not None


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Node's `pg`, fetched once a run; skips where that is not possible."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not installed")
    folder = tmp_path_factory.mktemp("node")
    try:
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent", "pg"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"the npm package pg cannot be installed: {error}")
    return folder


def node_parameters(uri: str) -> dict[str, Any]:
    """The URI in the words of Node's `pg`."""
    parameters = psycopg.conninfo.conninfo_to_dict(uri)
    return parameters | {"database": parameters.pop("dbname")}


@pytest.fixture
def write_node(node_modules: Path) -> Writer:
    """Node's `pg`, as a webhook in JavaScript writes."""

    def write(uri: str, business_id: int, address: str) -> None:
        target = node_parameters(uri)
        subprocess.run(  # the tests' own command
            ["node", "-e", _NODE_PROGRAM, json.dumps([target, business_id, address])],
            cwd=node_modules,
            check=True,
            timeout=60,
        )

    return write


_WRITERS: dict[str, tuple[Writer, int]] = {
    "psql": (_write_psql, 1),
    "psycopg": (_write_psycopg, 1),
    "psycopg executemany": (_write_many, 3),
    "psycopg prepared": (_write_prepared, 8),
    "copy": (_write_copy, 1),
    "sqlalchemy": (_write_orm, 1),
    "sqlalchemy returning": (_write_orm_returning, 2),
    "asyncpg": (_write_asyncpg, 2),
    "app": (_write_app, 1),
}
_SPELLINGS = [
    "050-123-4567",
    f"+{PHONE}",
    f"{PHONE}@s.whatsapp.net",
    f"{PHONE}@c.us",
    "+972 50-123-4567",
    f"whatsapp:+{PHONE}",
    f"00{PHONE}",
    "0501234567",
    f"{PHONE}:12@s.whatsapp.net",
]


def _create_business(database: str) -> int:
    with psycopg.connect(database) as connection:
        return add_business(connection)


def _read_messages(database: str, business_id: int) -> list[Any]:
    """Conversation of each message."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select conversation_id from whatsapp_message where business_id = %s", [business_id]
        ).fetchall()
    return [conversation_id for (conversation_id,) in rows]


@pytest.mark.parametrize("name", _WRITERS)
def test_writer_reaches_the_conversation_when_another_program_wrote_first(
    database: str, name: str
) -> None:
    write, count = _WRITERS[name]
    business_id = _create_business(database)
    _write_psycopg(database, business_id, f"+{PHONE}")

    write(database, business_id, "050-123-4567")

    conversations = _read_messages(database, business_id)
    assert len(conversations) == count + 1
    assert len(set(conversations)) == 1
    assert conversations[0] is not None


@pytest.mark.parametrize("name", _WRITERS)
def test_writer_makes_the_conversation_when_it_wrote_first(database: str, name: str) -> None:
    write, count = _WRITERS[name]
    business_id = _create_business(database)

    write(database, business_id, "050-123-4567")
    _write_psycopg(database, business_id, f"+{PHONE}")

    conversations = _read_messages(database, business_id)
    assert len(conversations) == count + 1
    assert len(set(conversations)) == 1
    assert conversations[0] is not None


def test_all_writers_share_one_conversation_when_each_spells_the_phone_its_way(
    database: str,
) -> None:
    business_id = _create_business(database)

    writers = {name: writer for name, writer in _WRITERS.items() if name != "psql" or _find_psql()}
    for (write, _), address in zip(writers.values(), _SPELLINGS, strict=False):
        write(database, business_id, address)

    conversations = _read_messages(database, business_id)
    assert len(conversations) == sum(count for _, count in writers.values())
    assert len(set(conversations)) == 1
    assert conversations[0] is not None


def test_node_shares_the_conversation_when_it_writes_before_and_after_psycopg(
    database: str, write_node: Writer
) -> None:
    business_id = _create_business(database)

    write_node(database, business_id, "050-123-4567")
    _write_psycopg(database, business_id, f"+{PHONE}")
    write_node(database, business_id, f"{PHONE}@s.whatsapp.net")

    conversations = _read_messages(database, business_id)
    assert len(conversations) == 3
    assert len(set(conversations)) == 1
    assert conversations[0] is not None
