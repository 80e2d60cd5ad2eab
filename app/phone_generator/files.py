"""The generated files in a folder: which are out of date, and writing them."""

from __future__ import annotations

from pathlib import Path

from phone_generator.render import HEADER, generated_files

FOLDER = Path(__file__).resolve().parents[2] / "db" / "functions" / "phone"
_MARK = HEADER.partition(" phonenumbers ")[0]


def outdated_files(folder: Path = FOLDER) -> list[Path]:
    """Files that are not what the installed phonenumbers gives, are missing, or left over."""
    wanted = generated_files()
    present = {
        path.name: path.read_text()
        for path in folder.iterdir()
        if path.name in wanted or (path.suffix == ".sql" and path.read_text().startswith(_MARK))
    }
    return [
        folder / name
        for name in sorted(wanted.keys() | present.keys())
        if wanted.get(name) != present.get(name)
    ]


def write_files(folder: Path = FOLDER) -> list[Path]:
    """Brings the folder up to date; returns the files that were written or removed."""
    wanted = generated_files()
    outdated = outdated_files(folder)
    for path in outdated:
        if path.name in wanted:
            path.write_text(wanted[path.name])
        else:
            path.unlink()
    return outdated
