"""What the tests themselves run on: a killed run leaves nothing behind, and runs do not meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests import server
from tests.guard import processes

ROOT = Path(__file__).resolve().parents[1]
_WAITING = """
import time
from collections.abc import Callable
from pathlib import Path

def test_waits(postgresql_server):
    Path("{told}").write_text(postgresql_server.host)
    time.sleep(60)
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A place for temporary folders; as root PostgreSQL's account must be able to enter it."""
    with tempfile.TemporaryDirectory(prefix="onethread-frame-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, 1)]
)
def test_no_server_and_no_folder_are_left_when_a_run_is_ended(
    tmp_path: Path, temporary: Path, number: signal.Signals, workers: int
) -> None:
    if not server.is_available():
        pytest.skip(f"PostgreSQL {server.VERSION} is not installed")
    told = tmp_path / "told"
    (tmp_path / "test_waiting.py").write_text(_WAITING.format(told=told))
    variables = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"),
            *(f"--numprocesses={workers}", f"--rootdir={tmp_path}", tmp_path),
        ],
        cwd=ROOT,
        env=variables | {"TMPDIR": str(temporary)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        wait_until(told.exists)
        wait_until(lambda: told.read_text() != "")
        folder = Path(told.read_text())
        family = [psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]
        assert folder.is_dir() and list(processes(str(folder)))
        assert list(temporary.glob("onethread-*"))

        run.send_signal(number)
        run.wait(timeout=60)
        wait_until(lambda: not folder.exists())
        # The programs; and the data, where there is no room for it in memory.
        wait_until(lambda: not list(temporary.glob("onethread-*")))

        assert list(processes(str(folder))) == []
        assert psutil.wait_procs(family, timeout=60)[1] == []


def test_nothing_is_taken_from_the_environment(
    server_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER"):
        monkeypatch.setenv(name, "5433")
    psycopg.connect(server_uri.format(database="postgres")).close()
    if server.is_available():
        with server.run_server() as own:
            psycopg.connect(server.uri_of(own, "postgres")).close()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Asks again and again, for a minute."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def shared() -> None:
    """Something that is costly to make."""


@pytest.mark.usefixtures("shared")
def test_tests_that_share_a_fixture_are_one_group(request: pytest.FixtureRequest) -> None:
    """xdist writes the group into the nodeid; a version of pytest that forbids it makes every
    shared fixture once a worker, and no test fails."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("not run by xdist with --dist loadgroup")
    assert request.node.nodeid.endswith(
        "::test_tests_that_share_a_fixture_are_one_group@tests/test_frame.py"
    )
