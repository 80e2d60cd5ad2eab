"""The rooms of db/functions: what db/functions/README.md says of them, and what breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from onethread.database.config import DB_DIR

README = DB_DIR / "functions" / "README.md"

_WORD = re.compile(r"`(\w+)`")
_COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DESCRIPTION = re.compile(r"^comment on [^;]*?\bis\s+(?:'(?:[^']|'')*'\s*)+;", re.MULTILINE)
_NAME = re.compile(r"\bonethread\.(\w+)")
_RELATION = re.compile(r"\bpublic\.(\w+)")
_DEFINITION = re.compile(r"^create or replace function\s+([\w.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What the document says."""

    rooms: tuple[str, ...]
    """From the bottom up: each calls itself and those before it."""
    views: Mapping[str, str]
    """View -> its room."""
    types: Mapping[str, tuple[str, frozenset[str]]]
    """Type -> its room and its columns."""
    doors: Mapping[str, frozenset[str]]
    """Room -> its functions that are called from outside it."""
    programs: Mapping[str, frozenset[str]]
    """Room -> its functions that programs call."""
    tests: frozenset[str]
    """The folders of tests that it names."""


def read_plan(text: str) -> Plan:
    """Parses the document."""
    rooms = _rows(text, "The rooms, from the bottom up")
    return Plan(
        rooms=tuple(_only(room) for room, *_ in rooms),
        views={view: _only(room) for room, _, views, _ in rooms for view in _WORD.findall(views)},
        types={
            _only(name): (_only(room), frozenset(_WORD.findall(columns)))
            for name, room, columns, _ in _rows(text, "Types")
        },
        doors=_lists(text, "Front doors"),
        programs=_lists(text, "What programs call"),
        tests=frozenset(path for *_, tests in rooms for path in re.findall(r"`(.+?)`", tests)),
    )


def read_sources() -> dict[str, str]:
    """Every function, view and trigger: path below db/ -> its text."""
    return {
        path.relative_to(DB_DIR).as_posix(): path.read_text("utf-8")
        for folder in ("functions", "views", "triggers")
        for path in sorted((DB_DIR / folder).rglob("*.sql"))
    }


def code_of(text: str) -> str:
    """The source without comments and descriptions: a name in what is left is used.

    Strings stay: one may be a statement.
    """
    return _COMMENT.sub(lambda match: match[1] or " ", _DESCRIPTION.sub("", text))


def find_violations(plan: Plan, sources: Mapping[str, str]) -> list[str]:
    """What breaks the plan, in words; empty when all is in its place.

    A cycle between rooms is a call to a later room, at one place of it at least.
    """
    return sorted(
        [*_misplaced(plan, sources), *list_upward(plan, sources), *_closed_doors(plan, sources)]
    )


def uses(plan: Plan, sources: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """(who, room of who, what, room of what) of every name that a source has of another."""
    functions = _function_rooms(sources)
    types = {name: room for name, (room, _) in plan.types.items()}
    found = []
    for path, text in sources.items():
        name = _parsed(path).stem
        room = _room_of(path, text, functions, plan)
        names, relations = _names_in(text)
        for used in sorted(names - {name}):
            if target := functions.get(used) or types.get(used):
                found.append((name, room, used, target))
        for used in sorted((relations & plan.views.keys()) - {name}):
            found.append((name, room, used, plan.views[used]))
    return found


def triggers(sources: Mapping[str, str]) -> set[str]:
    """Functions that a trigger executes."""
    return {_executed(text) for path, text in sources.items() if path.startswith("triggers/")}


@cache
def _names_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a source names in schema onethread, and in public."""
    code = code_of(text)
    return frozenset(_NAME.findall(code)), frozenset(_RELATION.findall(code))


@cache
def _parsed(path: str) -> PurePosixPath:
    return PurePosixPath(path)


def _misplaced(plan: Plan, sources: Mapping[str, str]) -> Iterable[str]:
    seen: dict[str, str] = {}
    for path, text in sources.items():
        folder, *rest = _parsed(path).parts
        name = _parsed(path).stem
        if folder == "views" and name not in plan.views:
            yield f"{path} is in no room"
        if folder != "functions":
            continue
        if len(rest) != 2 or rest[0] not in plan.rooms:
            yield f"{path} is in no room"
        if name in seen:
            yield f"{path} and {seen[name]} have one name"
        seen[name] = path
        if _defined_in(text) != {f"onethread.{name}"}:
            yield f"{path} does not define onethread.{name}, and that alone"


@cache
def _defined_in(text: str) -> frozenset[str]:
    return frozenset(_DEFINITION.findall(text))


def list_upward(plan: Plan, sources: Mapping[str, str]) -> Iterable[str]:
    """Each use of what belongs to a later room."""
    for name, room, used, target in uses(plan, sources):
        known = room in plan.rooms and target in plan.rooms
        if known and plan.rooms.index(room) < plan.rooms.index(target):
            yield f"{name} ({room}) uses {used} ({target}), a later room"


def _closed_doors(plan: Plan, sources: Mapping[str, str]) -> Iterable[str]:
    functions = _function_rooms(sources)
    through: dict[str, set[str]] = {room: set() for room in plan.rooms}
    for name, room, used, target in uses(plan, sources):
        if room == target or used not in functions:
            continue
        through.setdefault(target, set()).add(used)
        if used not in plan.doors.get(target, ()):
            yield f"{name} ({room}) calls {used}, which is no front door of {target}"
    for room, doors in plan.doors.items():
        for door in doors - through.get(room, set()):
            yield f"{door} is named as a front door of {room}, and nobody comes through"


def _function_rooms(sources: Mapping[str, str]) -> dict[str, str]:
    paths = [_parsed(path) for path in sources]
    return {path.stem: path.parts[1] for path in paths if path.parts[0] == "functions"}


def _room_of(path: str, text: str, functions: Mapping[str, str], plan: Plan) -> str:
    """A trigger is in the room of its function."""
    folder, *_ = _parsed(path).parts
    name = _parsed(path).stem
    if folder == "views":
        return plan.views.get(name, "")
    return functions.get(_executed(text) if folder == "triggers" else name, "")


def _executed(trigger: str) -> str:
    match = re.search(r"execute function onethread\.(\w+)\(\)", trigger)
    assert match, trigger
    return match[1]


def _section(text: str, title: str) -> str:
    _, found, rest = text.partition(f"\n## {title}\n")
    assert found, f"db/functions/README.md has no section {title}"
    return rest.partition("\n## ")[0]


def _rows(text: str, title: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    lines = [line for line in _section(text, title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _lists(text: str, title: str) -> dict[str, frozenset[str]]:
    """The items of a section: the first word is a room."""
    items = re.split(r"^- ", _section(text, title), flags=re.MULTILINE)[1:]
    found = {}
    for item in items:
        room, names = re.split(r":\s", item, maxsplit=1)
        found[_only(room)] = frozenset(_WORD.findall(names))
    return found


def _only(cell: str) -> str:
    [word] = _WORD.findall(cell)
    return str(word)
