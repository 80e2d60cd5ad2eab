"""The embedded server: it starts wherever it may, and nobody else on the machine reaches it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from onethread import embedded
from onethread.embedded import programs
from onethread.embedded.defaults import default_settings, read_memory
from onethread.errors import ServerUnreachable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may run as another account")

# Of somebody who has servers of his own, and a language that this machine has not.
OTHER_SERVER = {
    "PGHOST": "nowhere",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "5433",
    "PGDATA": "/nowhere",
    "PGSERVICE": "nowhere",
    "PGSSLMODE": "verify-full",
    "PGOPTIONS": "-c search_path=nowhere",
    "LC_ALL": "xx_XX.UTF-8",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="onethread-embedded-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(params=["short", "long"])
def home(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Where the embedded server's data is, once so deep that no socket fits there."""
    path = folder / "home"
    if request.param == "long":
        path = folder / "a-rather-long-folder-name" / "of-the-company" / ("production" * 8)
    monkeypatch.setenv("ONETHREAD_HOME", str(path))
    yield path
    embedded.stop()


def test_nobody_else_reaches_the_server(home: Path) -> None:
    uri = embedded.start()
    assert uri == embedded.start() == embedded.running_uri()
    place = Path(str(psycopg.conninfo.conninfo_to_dict(uri)["host"]))
    path = place / ".s.PGSQL.5432"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        assert not _can_connect(path, "nobody")
        assert _can_connect(path, programs.ACCOUNT)
    assert embedded.stop()
    assert embedded.running_uri() is None
    assert not path.exists()
    assert place.exists() == (place == embedded.cluster_dir())


def test_it_is_the_one_that_is_used_whatever_the_environment_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONETHREAD_HOME", str(folder / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    command = "import sys; from onethread.cli import main; sys.exit(main(sys.argv[1:]))"
    try:
        assert "applied" in _run(command, "migrate", "--embedded", **OTHER_SERVER)
        _run(command, "business", "add", "--region", "IL", "Clinic", **OTHER_SERVER)
        assert "Clinic" in _run(command, "business", "list", **OTHER_SERVER)
    finally:
        embedded.stop()


def test_what_was_interrupted_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONETHREAD_HOME", str(folder))
    half = embedded.cluster_dir().with_name(f"{embedded.cluster_dir().name}.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with psycopg.connect(embedded.start()) as connection:
        for name, value in default_settings(read_memory()).items():
            is_set = "pg_size_bytes(%(a)s) = pg_size_bytes(current_setting(%(name)s))"
            if not value.endswith("B"):
                is_set = "%(a)s = current_setting(%(name)s)"
            values = {"a": value, "name": name}
            assert connection.execute(f"select {is_set}", values).fetchone() == (True,), name
    assert embedded.stop()
    assert not half.exists()


def test_settings_fit_the_memory() -> None:
    gigabyte = 1 << 30
    shared = [default_settings(n * gigabyte // 4)["shared_buffers"] for n in (1, 4, 16, 256)]
    assert shared == ["64MB", "128MB", "512MB", "1024MB"]


def test_a_data_folder_that_others_may_enter_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONETHREAD_HOME", str(folder))
    embedded.cluster_dir().mkdir(mode=0o755)
    (embedded.cluster_dir() / "PG_VERSION").write_text("18\n")
    with pytest.raises(ServerUnreachable, match="others can enter it"):
        embedded.start()


def test_a_socket_that_somebody_else_put_there_is_not_the_servers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONETHREAD_HOME", str(folder))
    data, place = embedded.cluster_dir(), folder / "theirs"
    data.mkdir(mode=0o700)
    place.mkdir(mode=0o755)
    (data / "postmaster.pid").write_text(f"1\n{data}\n1\n5432\n{place}\n\n\nready\n")
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(place / ".s.PGSQL.5432"))
        theirs.listen()
        assert embedded.running_uri() is None


def test_a_folder_that_everybody_can_write_to_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's program, lock or data folder may stand there, or be put there meanwhile."""
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o777)
    monkeypatch.setenv("ONETHREAD_HOME", str(folder / "shared" / "home"))
    with pytest.raises(ServerUnreachable, match=f"somebody else may put.*{folder}/shared$"):
        embedded.start()
    (folder / "shared").chmod(0o1777)
    embedded.start()
    assert embedded.stop()


@as_root
@pytest.mark.parametrize("what", ["folder", "link"])
def test_a_folder_of_somebody_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    planted = folder / "planted"
    (folder / "mine").mkdir(mode=0o755)
    if what == "folder":
        planted.mkdir(mode=0o755)
    else:
        planted.symlink_to(folder / "mine")
    nobody = pwd.getpwnam("nobody")
    os.chown(planted, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    monkeypatch.setenv("ONETHREAD_HOME", str(planted))
    with pytest.raises(ServerUnreachable, match=f"somebody else may put.*{planted}$"):
        embedded.start()
    assert list(planted.iterdir()) == []


@as_root
def test_no_mode_is_changed_where_the_account_may_not_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setenv("ONETHREAD_HOME", str(private / "home"))
    with pytest.raises(ServerUnreachable, match=f"cannot enter {private}$"):
        embedded.start()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_programs_are_copied_where_the_account_may_not_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    package = programs._wheel_folder()
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, private / source.name, symlinks=True)
    for path in private.rglob("*"):  # as pip leaves them under umask 077
        path.chmod(path.stat().st_mode & ~0o077)
    modes = {path: path.stat().st_mode for path in (private, *private.rglob("*"))}
    monkeypatch.setattr(programs, "_wheel_folder", lambda: private / package.name)
    monkeypatch.setenv("ONETHREAD_HOME", str(folder / "home"))
    embedded.start()
    assert embedded.stop()
    assert {path: path.stat().st_mode for path in modes} == modes


def _can_connect(path: Path, user: str) -> bool:
    account = pwd.getpwnam(user)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            socket.socket(socket.AF_UNIX).connect(str(path))
        except PermissionError:
            os._exit(1)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _run(program: str, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
