"""Databases of the run's own. They are dropped when it ends, also by an error, Ctrl-C or a TERM."""

from __future__ import annotations

import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from onethread.database.connection import open_connection
from onethread.schema import migrate

PREFIX = "onethread_bench_"


class Databases:
    """Creates databases on one server, and drops them."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._prefix = PREFIX + uuid.uuid4().hex[:8]
        self._names: list[str] = []
        self._template: str | None = None

    def create(self) -> str:
        """Creates a migrated database; returns its URL."""
        if self._template is None:
            template = self._create("template1")
            migrate.migrate(self._url(template))
            self._template = template
        return self._url(self._create(self._template))

    @contextmanager
    def open(self) -> Iterator[str]:
        """The URL of a new migrated database, which is dropped at the end."""
        with self._dropped_at_the_end(self.create()) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a new database with nothing in it, which is dropped at the end."""
        with self._dropped_at_the_end(self._url(self._create("template0"))) as url:
            yield url

    @contextmanager
    def copy(self, url: str) -> Iterator[str]:
        """The URL of a copy of a database that nobody uses, which is dropped at the end."""
        with self._dropped_at_the_end(self._url(self._create(_name(url)))) as copy:
            yield copy

    def drop_all(self) -> None:
        """Drops all that are left, whoever is connected to them."""
        for name in list(self._names):
            self._drop(name)

    @contextmanager
    def _dropped_at_the_end(self, url: str) -> Iterator[str]:
        yield url
        # After an error drop_all() does it.
        self._drop(_name(url))

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{len(self._names)}"
        self._names.append(name)
        self._execute("create database {} template {}", name, template)
        return name

    def _drop(self, name: str) -> None:
        self._execute("drop database if exists {} with (force)", name)
        self._names.remove(name)

    def _execute(self, command: str, *names: str) -> None:
        with open_connection(self._server_url) as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))

    def _url(self, name: str) -> str:
        return make_conninfo(self._server_url, dbname=name)


def _name(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


@contextmanager
def own_databases(server_url: str) -> Iterator[Databases]:
    """Databases on a server, all dropped at the end; TERM ends the run as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    databases = Databases(server_url)
    try:
        yield databases
    finally:
        databases.drop_all()
        signal.signal(signal.SIGTERM, before)
