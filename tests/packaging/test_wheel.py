"""What is in the wheel, and that it works in a folder with an app/ and an app.py of the user's."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import onethread
from tests.packaging.wheel import ROOT, Installation, build_wheel, install_wheel

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Installation]:
    # A short path, below which the server's account may look: the demo keeps its socket there.
    folder = Path(tempfile.mkdtemp(prefix="onethread-wheel-"))
    yield install_wheel(wheel, folder)
    shutil.rmtree(folder)


def test_wheel_holds_the_package_and_its_sql_and_nothing_else(wheel: Path) -> None:
    names = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    top = {name.parts[0] for name in names}
    assert top == {"onethread", f"onethread-{onethread.__version__}.dist-info"}

    sql = {name.relative_to("onethread") for name in names if name.parts[:2] == ("onethread", "db")}
    assert sql == tracked("db")
    python = {name for name in names if name.parts[0] == "onethread"} - {
        Path("onethread") / name for name in sql
    }
    assert python == {name.relative_to("app") for name in tracked("app/onethread")}
    assert Path("onethread/py.typed") in python


def test_wheel_says_what_each_extra_installs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [path] = [name for name in archive.namelist() if name.endswith("/METADATA")]
    metadata = message_from_bytes(archive.read(path))
    required = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    base = {each.name: each for each in required if each.marker is None}
    assert base.keys() == {
        *("platformdirs", "psycopg", "pydantic", "pydantic-settings", "rich", "sqlparse"),
        "yoyo-migrations",
    }
    assert not base["yoyo-migrations"].specifier.contains("10.0")
    assert set(metadata.get_all("Provides-Extra", [])) == {"server", "embedded", "mcp", "dev"}
    for each in required:
        if each.name in ("phonenumbers", "pytest", "mypy"):
            assert str(each.marker) == 'extra == "dev"'
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_wheels_package_is_imported_when_the_folder_has_an_app(installed: Installation) -> None:
    printed = installed.run("python", "-c", "import onethread; print(onethread.__file__)")
    assert Path(printed.strip()).parent == installed.package
    assert installed.run("onethread", "--version") == f"onethread {onethread.__version__}\n"


def test_serve_shows_the_inbox_when_migrated_by_the_wheel(
    installed: Installation, empty_database: str
) -> None:
    installed.run("onethread", "migrate", DATABASE_URL=empty_database)
    installed.run(
        "onethread", "business", "add", "A", "--region", "IL", DATABASE_URL=empty_database
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = installed.start(
        *("onethread", "serve", "--insecure", "--port", str(port)), DATABASE_URL=empty_database
    )
    try:
        assert "<html" in page(f"http://127.0.0.1:{port}/inbox/1")
        assert page(f"http://127.0.0.1:{port}/inbox/static/inbox.css")
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_plain_yoyo_applies_the_wheels_migrations(
    installed: Installation, empty_database: str
) -> None:
    installed.run(
        *("python", "-c", "from yoyo.scripts.main import main; main()", "apply"),
        *("--config", str(installed.package / "db" / "yoyo.ini")),
        *("--database", empty_database.replace("postgresql://", "postgresql+psycopg://")),
    )
    program = (
        "import onethread\n"
        "with onethread.connect() as connection:\n"
        "    print(connection.execute(\"select onethread.normalize_phone('050-123-4567', 'IL')\")"
        ".fetchone()[0])\n"
    )
    printed = installed.run("python", "-c", program, DATABASE_URL=empty_database)
    assert printed == "+972501234567\n"


def test_demo_runs_and_names_the_command_as_it_was_called(installed: Installation) -> None:
    with tempfile.TemporaryDirectory(prefix="onethread-wheel-") as home:
        Path(home).chmod(0o755)  # as root PostgreSQL's account must be able to enter it
        variables = {"ONETHREAD_HOME": home}
        try:
            command = str(installed.environment / "bin" / "onethread")
            printed = installed.run("onethread", "demo", **variables)
            assert "5 conversations." in printed
            assert f"  {command} thread 0501234567" in printed
            path = f"{installed.environment}/bin:{installed.variables['PATH']}"
            on_path = installed.run("onethread", "demo", **variables, PATH=path)
            assert "  onethread thread 0501234567" in on_path
        finally:
            installed.run("onethread", "server", "stop", **variables)


def tracked(folder: str) -> set[Path]:
    """The files of a folder that belong to the project."""
    return {
        path.relative_to(ROOT)
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def page(address: str) -> str:
    """What the server answers, once it has started."""
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
