"""A PostgreSQL server with a data folder of its own, that only we can reach."""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from onethread.embedded import folders
from onethread.embedded.programs import Programs, find_account
from onethread.errors import ServerUnreachable

PORT = 5432  # only a part of the socket's name

# The same on every machine, whatever its language and whatever locales it has.
_LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_LOCALE_BEFORE_17 = ("--encoding=UTF8", "--locale=C.UTF-8")


class Cluster:
    """A server, started when it is needed.

    It takes any connection that reaches its socket, and only its own account and root can: that is
    the folder's mode, and the socket's.
    """

    def __init__(
        self,
        data: Path,
        programs: Callable[[], Programs],
        settings: Mapping[str, str] | None = None,
        initdb_options: tuple[str, ...] = (),
    ) -> None:
        """
        Args:
            data: the data folder; made by the first start, in a folder that may be missing too.
            programs: finds the server's programs, when they are needed.
            settings: of PostgreSQL, for the next start.
            initdb_options: for the first start.
        """
        self._data = data
        self._find_programs = programs
        self._settings = dict(settings or {})
        self._initdb_options = initdb_options

    def start(self) -> None:
        """Starts the server if it is not running, and waits until it takes connections.

        Raises:
            ServerUnreachable: it does not start; says why.
        """
        try:
            self._refuse_unsafe()
            folders.make_folder(self._data.parent, self.programs.account)
            with self._locked():
                if not self.is_running():
                    self._start()
        except OSError as error:
            raise self._unusable(error) from error

    def stop(self, mode: str = "fast") -> bool:
        """Stops the server; False when it was not running."""
        folder = self._socket_folder()
        if folder is None:
            return False
        self._run("pg_ctl", "-w", "-t", "300", "-D", self._data, "-m", mode, "stop")
        folders.remove_socket_folder(folder, self._data)
        return True

    def is_running(self) -> bool:
        """Whether it takes connections."""
        return self._socket_folder() is not None

    def uri(self, database: str) -> str:
        """The URI of a database of the server, which is running.

        Raises:
            ServerUnreachable: it is not.
        """
        folder = self._socket_folder()
        if folder is None:
            raise ServerUnreachable("the embedded server is not running")
        return f"postgresql://postgres@/{database}?host={quote(str(folder))}&port={PORT}"

    @cached_property
    def programs(self) -> Programs:
        """Its programs."""
        return self._find_programs()

    def _start(self) -> None:
        if not (self._data / "PG_VERSION").exists():
            self._create()
        elif not folders.is_private(self._data, self.programs.account):
            raise self._unusable("it is not the server's account's, or others can enter it")
        folder = folders.make_socket_folder(self._data, self.programs.account)
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{folder}"',
            "unix_socket_permissions": "0700",
            **self._settings,
        }
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        try:
            self._run(
                *("pg_ctl", "-w", "-t", "300", "-D", self._data, "-l", self._data / "log"),
                *("-o", options, "start"),
            )
        except ServerUnreachable:
            folders.remove_socket_folder(folder, self._data)
            raise

    def _create(self) -> None:
        """Makes the data folder, or nothing: what was interrupted is made anew."""
        unfinished = self._data.with_name(f"{self._data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        folders.make_private_folder(unfinished, self.programs.account)
        locale = _LOCALE if self.programs.version >= 17 else _LOCALE_BEFORE_17
        self._run(
            *("initdb", "--auth=trust", "--username=postgres", "-D", unfinished),
            *(*locale, *self._initdb_options),
        )
        unfinished.rename(self._data)

    def _run(self, program: str, *arguments: str | Path) -> None:
        try:
            self.programs.run(program, *arguments)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or self._end_of_log()).strip()
            raise ServerUnreachable(
                f"{program} failed on the embedded server in {self._data}: {said}",
                f"Its log is {self._data / 'log'}." if program == "pg_ctl" else "",
            ) from error

    def _end_of_log(self) -> str:
        try:
            return (self._data / "log").read_text("utf-8", "replace").strip().rpartition("\n")[2]
        except OSError:
            return ""

    def _socket_folder(self) -> Path | None:
        """Where the running server's socket is, as its data folder tells."""
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        self._refuse_unsafe()
        if len(lines) < 5:  # it begins to start
            return None
        folder = Path(lines[4])
        # What takes its place in a folder of all users is not it.
        if not folders.is_private(folder, self.programs.account):
            return None
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(folder / f".s.PGSQL.{PORT}"))
            except OSError:
                return None
        return folder

    def _refuse_unsafe(self) -> None:
        if found := folders.find_unsafe(self._data.parent, self._account()):
            raise self._unusable(f"somebody else may put what they like into {found}")

    def _account(self) -> pwd.struct_passwd | None:
        return find_account() if os.geteuid() == 0 else None

    def _unusable(self, reason: object) -> ServerUnreachable:
        return ServerUnreachable(
            f"the embedded server cannot use {self._data}: {reason}",
            "Set ONETHREAD_HOME to a folder that you can write to, or DATABASE_URL to a server.",
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time; the lock is gone with the process."""
        path = self._data.with_name(f"{self._data.name}.lock")
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
