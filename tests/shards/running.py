"""Two servers of Debian's, etcd, and SPQR's coordinator and two routers before them.

Each program listens on a loopback address that no other run has, so that the ports can be the usual
ones. All of them name a folder that a guard clears away, and are gone with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from onethread.cli.main import main
from onethread.embedded import cluster as servers
from onethread.embedded.programs import Programs, server_account
from onethread.shards import Cluster, read_cluster
from tests.server import find_program, give_to_server, guarded_folder

NAMES = ("one", "two")
_LOGIN = "onethread:of-the-tests"  # passwords all the way: to the router, and from it
_NUMBERS = {"one": 1, "two": 2, "three": 3}  # of which host each is
_VERSION = 15  # Debian's: the wheel has no postgres_fdw
# What was committed is there after a crash of the server, as anywhere.
_SETTINGS = {"fsync": "off", "max_connections": "100"}


def missing() -> str | None:
    """What this machine lacks for a cluster; None: nothing."""
    if not find_program("postgres", _VERSION).exists():
        return "a cluster is tested on Debian's PostgreSQL 15, which is not here"
    for program in ("spqr-router", "spqr-coordinator", "etcd"):
        if shutil.which(program) is None:
            return f"there is no {program} on the PATH: docs/scale.md says where it comes from"
    return None


@dataclass
class Running:
    """A cluster that runs."""

    folder: Path
    _host: str
    _programs_of_server: Programs
    _servers: dict[str, servers.Cluster] = field(default_factory=dict)
    _programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def files(self) -> Path:
        """What `onethread shards` writes and reads."""
        return self.folder / "cluster"

    @property
    def cluster(self) -> Cluster:
        """As the files say."""
        return read_cluster(self.files)

    def router(self, number: int = 1) -> str:
        """DATABASE_URL by one of the routers."""
        where = f"{self._host}.{10 + number}:{self._port(number)}"
        return f"postgresql://{_LOGIN}@{where}/onethread?sslmode=disable"

    def shard(self, name: str) -> str:
        """The URL of a server itself."""
        return f"postgresql://{_LOGIN}@{self._host}.{_NUMBERS[name]}/onethread"

    def add_server(self, name: str) -> None:
        """One more PostgreSQL server, of which the cluster knows nothing yet."""
        self._servers[name] = servers.Cluster(
            self.folder / name / "data",
            lambda: self._programs_of_server,
            {**_SETTINGS, "listen_addresses": f"{self._host}.{_NUMBERS[name]}"},
            ("--no-sync", "--auth-host=scram-sha-256"),
        )
        self._start_server(name)

    @contextmanager
    def down(self, name: str) -> Iterator[None]:
        """One server is not there."""
        self._servers[name].stop("immediate")
        try:
            yield
        finally:
            self._servers[name].start()

    def settle(self, name: str) -> None:
        """After a server was down: uses up what routers have of its old connections."""
        for number in (1, 2):
            with psycopg.connect(self.router(number), autocommit=True) as connection:
                wait_until(lambda connection=connection: _answers(connection, name))

    def start(self) -> None:
        """Servers, etcd, coordinator, routers; then all migrated."""
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(self.add_server, NAMES):
                pass
        etcd = f"{self._host}.7"
        said = self.onethread(
            "init",
            *(f"--shard={name}={self.shard(name)}" for name in NAMES),
            *(f"--router={self._host}.{10 + number}:{self._port(number)}" for number in (1, 2)),
            f"--coordinator={self._host}.8:{self._port(0)}",
            f"--etcd={etcd}:2379",
        )
        assert said == 0
        self._run(
            "etcd", "etcd", f"--data-dir={self.folder / 'etcd'}", "--log-level=error",
            f"--listen-client-urls=http://{etcd}:2379",
            f"--advertise-client-urls=http://{etcd}:2379",
            f"--listen-peer-urls=http://{etcd}:2380",
            f"--initial-advertise-peer-urls=http://{etcd}:2380",
            f"--initial-cluster=default=http://{etcd}:2380", "--unsafe-no-fsync",
        )  # fmt: skip
        wait_until(lambda: _is_open(f"{etcd}", 2379))
        self._start_coordinator()
        for number in (1, 2):
            self.start_router(number)
        assert self.onethread("migrate") == 0

    def restart_coordinator(self) -> None:
        """It reads the files again."""
        self._programs["coordinator"].terminate()
        self._programs["coordinator"].wait(20)
        self._start_coordinator()

    def _start_coordinator(self) -> None:
        self._socket(0).unlink(missing_ok=True)
        coordinator = self.files / "coordinator.json"
        self._run("coordinator", "spqr-coordinator", "--config", str(coordinator))
        wait_until(lambda: _is_open(f"{self._host}.8", self._port(0)))

    def start_router(self, number: int) -> None:
        """Starts it, and waits until it listens."""
        self._socket(number).unlink(missing_ok=True)  # of one that was killed: it keeps it out
        self._run(
            f"router_{number}", "spqr-router", "run",
            "--config", str(self.files / f"router_{number}.json"),
            "--coordinator-config", str(self.files / "coordinator.json"),
        )  # fmt: skip
        host = f"{self._host}.{10 + number}"
        for port in (self._port(number), self._port(number) + 2000):
            wait_until(lambda port=port: _is_open(host, port))

    def kill_router(self, number: int) -> None:
        """As a machine dies."""
        self._programs[f"router_{number}"].kill()
        self._programs[f"router_{number}"].wait()

    def onethread(self, action: str, *arguments: str) -> int:
        """`onethread shards ACTION` on these files; returns its exit code."""
        return main(["shards", action, f"--folder={self.files}", *arguments])

    def stop(self) -> None:
        """All programs."""
        for program in self._programs.values():
            program.kill()
            program.wait()
        for number in (0, 1, 2):
            self._socket(number).unlink(missing_ok=True)
        for server in self._servers.values():
            server.stop("immediate")

    def _port(self, number: int) -> int:
        """Of a router, or (0) the coordinator: no other run has it, for each makes a socket of that
        name in a folder that all share."""
        return 10_000 + os.getpid() % 5_000 * 3 + number

    def _socket(self, number: int) -> Path:
        return Path(f"/var/run/postgresql/.s.PGSQL.{self._port(number)}")

    def _start_server(self, name: str) -> None:
        server = self._servers[name]
        server.start()
        with psycopg.connect(server.uri("postgres"), autocommit=True) as connection:
            user, _, password = _LOGIN.partition(":")
            connection.execute(f"create role {user} superuser login password '{password}'".encode())
            connection.execute("create database onethread")

    def _run(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._programs[name] = subprocess.Popen(command, stdout=log, stderr=log)


@contextmanager
def run_cluster() -> Iterator[Running]:
    """A cluster that ends with this process, however that ends."""
    pid = os.getpid()
    host = f"127.{1 + pid // 256 % 250}.{pid % 256}"
    with guarded_folder("onethread-shards-") as folder:
        give_to_server(folder)
        programs = Programs(_VERSION, find_program("postgres", _VERSION).parent, server_account())
        running = Running(folder, host, programs)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Waits; fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def _answers(connection: psycopg.Connection[Any], name: str) -> bool:
    try:
        for _ in range(3):
            with connection.transaction():
                connection.execute(f"set local __spqr__execute_on to '{name}'".encode())
                connection.execute("select")
    except psycopg.DatabaseError:
        return False
    return True


def _is_open(host: str, port: int) -> bool:
    import socket

    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex((host, port)) == 0
