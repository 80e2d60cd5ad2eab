"""Folders for a server: that its account can enter, and nobody else where that matters.

No mode of a folder that was there is changed.
"""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path

import platformdirs

from onethread.environment import Environment
from onethread.errors import ServerUnreachable

_PREFIX = "onethread-"
_LONGEST_SOCKET_FOLDER = 85  # a socket's whole path has at most 103 bytes (macOS)


def home_dir() -> Path:
    """Folder of the embedded server's data: ONETHREAD_HOME, else the user's data folder.

    As root PostgreSQL runs under another account, which must be able to reach the folder: so not
    below root's home.
    """
    if home := Environment.read().home:
        return Path(home).expanduser()
    if os.geteuid() == 0:
        return Path("/var/lib/onethread")
    return platformdirs.user_data_path("onethread", appauthor=False)


def make_folder(path: Path, account: pwd.struct_passwd | None) -> None:
    """Makes a folder and those above it, where they are missing.

    Raises:
        ServerUnreachable: the account cannot enter it.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        if account:
            each.chmod(0o755)
    if account and (closed := _closed_folder(path, account)):
        raise ServerUnreachable(
            f"PostgreSQL does not run as root, and its account {account.pw_name} cannot enter "
            f"{closed}",
            "Set ONETHREAD_HOME to a folder that it can enter, or unset it; or set DATABASE_URL.",
        )


def find_unsafe(path: Path, account: pwd.struct_passwd | None) -> Path | None:
    """The first folder or link on the way there, or the place itself, that somebody else may put
    something else into the place of: what we find or make below it could be theirs."""
    users = {0, os.geteuid(), *([account.pw_uid] if account else [])}
    groups = {0, os.getegid(), *([account.pw_gid] if account else [])}
    place = path.absolute()
    for each in (*reversed(place.parents), place):
        if each.is_symlink() and each.lstat().st_uid not in users:
            return each
    real = place.resolve()
    for folder in (*reversed(real.parents), real):
        if not folder.exists():
            return None
        found = folder.stat()
        is_shared = found.st_mode & stat.S_IWOTH or (
            found.st_mode & stat.S_IWGRP and found.st_gid not in groups
        )
        if found.st_uid not in users or (is_shared and not found.st_mode & stat.S_ISVTX):
            return folder
    return None


def make_private_folder(path: Path, account: pwd.struct_passwd | None) -> None:
    """Makes a folder that only the server's account can enter."""
    path.mkdir(mode=0o700)
    _give(path, account)


def make_socket_folder(data: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder for the socket: the data folder, else a new one, where its path would be too long.

    Nobody can have made it before, or can put one in its place: its name is random, and it lies
    where only its owner may take it away.
    """
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_FOLDER:
        return data
    places = ["/run"] if account else [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()]
    for place in [*places, "/tmp"]:  # noqa: S108  # a folder with a random name, ours alone
        if place and len(os.fsencode(place)) <= _LONGEST_SOCKET_FOLDER - 20 and _is_safe(place):
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
            _give(folder, account)
            return folder
    raise ServerUnreachable(
        f"the path {data} is too long for a socket, and there is no other place for it",
        "Set ONETHREAD_HOME to a folder with a shorter path.",
    )


def remove_socket_folder(folder: Path, data: Path) -> None:
    """Removes what make_socket_folder made."""
    if folder != data and folder.name.startswith(_PREFIX) and folder.is_dir():
        folder.rmdir()


def is_private(folder: Path, account: pwd.struct_passwd | None) -> bool:
    """Whether the folder is the server's, and nobody else can enter it."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    owner = account.pw_uid if account else os.geteuid()
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == owner
        and not stat.S_IMODE(found.st_mode) & 0o077
    )


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def _is_safe(place: str) -> bool:
    """Whether only we, root, or the owner of a folder in it can take that folder away."""
    if not os.access(place, os.W_OK | os.X_OK):
        return False
    found = Path(place).stat()
    is_shared = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    return found.st_uid in (0, os.geteuid()) and not is_shared


def _closed_folder(path: Path, account: pwd.struct_passwd) -> Path | None:
    """The first folder on the way there that the account cannot enter."""
    for folder in (*reversed(path.resolve().parents), path.resolve()):
        found = folder.stat()
        if found.st_uid == account.pw_uid:
            bit = stat.S_IXUSR
        else:
            bit = stat.S_IXGRP if found.st_gid == account.pw_gid else stat.S_IXOTH
        if not found.st_mode & bit:
            return folder
    return None
