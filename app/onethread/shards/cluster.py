"""What the folder of a cluster says: its servers, where its routers and their coordinator are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from onethread.database.config import SHARD_NAME
from onethread.database.url import libpq_url
from onethread.errors import OnethreadError, ServerUnreachable

_FILE = "cluster.json"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Address:
    """A host and a port."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Address:
        """HOST:PORT. Raises OnethreadError."""
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal():
            raise OnethreadError(f"{text!r} is no HOST:PORT", "Write it so: 10.0.0.5:6432.")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def at(self, port: int) -> Address:
        """Another port of the host."""
        return Address(self.host, port)


@dataclass(frozen=True)
class Cluster:
    """Servers, and the router's programs before them."""

    shards: Mapping[str, str]
    """URL of each server by its name, in the order in which they came."""
    routers: tuple[str, ...]
    coordinator: str
    etcd: str

    def __post_init__(self) -> None:
        for name, url in self.shards.items():
            if not SHARD_NAME.fullmatch(name):
                raise OnethreadError(
                    f"{name!r} is no name of a shard", "Small letters, digits and _: one, two."
                )
            libpq_url(url)
        for address in (*self.routers, self.coordinator, self.etcd):
            Address.read(address)
        names = ("user", "password", "dbname")
        if len({tuple(map(login.get, names)) for login in map(self.login, self.shards)}) > 1:
            raise OnethreadError(
                "the shards have different users, passwords or databases",
                "The router has one of each for all of them: make them alike.",
            )

    def login(self, name: str) -> dict[str, str]:
        """{host, port, user, password, dbname} of a shard."""
        parts = conninfo_to_dict(libpq_url(self.shards[name]))
        found = {key: str(parts.get(key) or "") for key in ("host", "user", "password", "dbname")}
        if not found["host"] or not found["user"] or found["host"].startswith("/"):
            raise OnethreadError(
                f"the URL of shard {name} has no host or no user",
                "The router connects over TCP: postgresql://user:password@host:port/database.",
            )
        database = found["dbname"] or found["user"]
        return {**found, "dbname": database, "port": str(parts.get("port") or 5432)}

    @contextmanager
    def connect(self, name: str, program: str = "onethread") -> Iterator[Connection]:
        """A connection to a server itself, past the router."""
        self.check_name(name)
        try:
            connection = psycopg.connect(
                libpq_url(self.shards[name]),
                autocommit=True,
                connect_timeout=5,
                application_name=program,
            )
        except psycopg.OperationalError as error:
            raise ServerUnreachable(
                f"shard {name} cannot be reached: {str(error).strip()}"
            ) from error
        with closing(connection):
            yield connection

    def check_name(self, name: str) -> None:
        """Raises OnethreadError when there is no such shard."""
        if name not in self.shards:
            raise OnethreadError(
                f"there is no shard {name!r}", f"There are {', '.join(self.shards)}."
            )

    @contextmanager
    def console(self) -> Iterator[Connection]:
        """The coordinator's console: statements of the router, not SQL."""
        where = Address.read(self.coordinator)
        login = self.login(next(iter(self.shards)))
        try:
            connection = psycopg.connect(
                host=where.host,
                port=where.port,
                user=login["user"],
                password=login["password"] or None,
                dbname="spqr-console",
                connect_timeout=5,
                autocommit=True,
                cursor_factory=psycopg.ClientCursor,
                prepare_threshold=None,
            )
        except psycopg.OperationalError as error:
            raise ServerUnreachable(
                f"the coordinator cannot be reached: {str(error).strip()}",
                f"Start it on {where}; docs/scale.md says how.",
            ) from error
        with closing(connection):
            yield connection

    def write(self, folder: Path) -> None:
        """Keeps it in the folder, which has passwords then."""
        write_private(folder / _FILE, asdict(self))


def read_cluster(folder: Path) -> Cluster:
    """The cluster of a folder.

    Raises:
        OnethreadError: it is none.
    """
    try:
        said = json.loads((folder / _FILE).read_text("utf-8"))
        return Cluster(
            dict(said["shards"]), tuple(said["routers"]), said["coordinator"], said["etcd"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OnethreadError(
            f"{folder} is no folder of a cluster: {error}",
            "`onethread shards init` makes one; --folder says where it is.",
        ) from error


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Writes JSON that only its owner can read: there are passwords in it."""
    path.touch(0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
