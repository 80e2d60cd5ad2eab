"""The rooms of db/functions are as db/functions/README.md says: layers, doors, types."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from onethread.database.config import DB_DIR
from tests.conftest import Connection
from tests.sql.catalog.rooms import (
    README,
    find_violations,
    list_upward,
    read_plan,
    read_sources,
    triggers,
    uses,
)
from tests.sql.query import rows

TEXT = README.read_text("utf-8")
PLAN = read_plan(TEXT)
SOURCES = read_sources()
USES = uses(PLAN, SOURCES)
FUNCTIONS = {PurePosixPath(path).stem: path for path in SOURCES if path.startswith("functions/")}


def test_rooms_are_kept_when_all_sources_are_read() -> None:
    """No call to a later room, none past a front door, each file where it says."""
    assert find_violations(PLAN, SOURCES) == []


def test_everything_is_read_when_the_plan_is_checked() -> None:
    """The check of the test above: it would say nothing of what it does not see."""
    assert len(PLAN.rooms) == len(set(PLAN.rooms)) == 16
    assert {path.name for path in README.parent.iterdir() if path.is_dir()} == set(PLAN.rooms)
    assert PLAN.views.keys() == {path.stem for path in (DB_DIR / "views").glob("*.sql")}
    assert set(PLAN.views.values()) | set(PLAN.doors) | set(PLAN.programs) <= set(PLAN.rooms)
    assert len(SOURCES) > 300


def _calls(path: str) -> set[str]:
    name = PurePosixPath(path).stem
    return {used for who, _, used, _ in USES if who == name and used in FUNCTIONS}


def _path_of(name: str) -> str:
    return FUNCTIONS[name]


@pytest.mark.parametrize(
    ("name", "room", "violation"),
    [
        # Calls what is later, from its new room.
        (
            "resolve_message",
            "message",
            "resolve_message (message) uses is_erased_message (erased)",
        ),
        (
            "link_message_trigger",
            "address",
            "link_message_trigger (address) uses resolve_message (link)",
        ),
        ("find_conversation", "phone", "find_conversation (phone) uses read_business_address"),
        ("start_erasure", "inbox", "start_erasure (inbox) uses lock_person (privacy)"),
        # Is called by what is earlier.
        (
            "identity_key",
            "privacy",
            "bound_identity_start_trigger (erased) uses identity_key (privacy)",
        ),
        ("can_write_business", "link", "wait_for_joins (identity) uses can_write_business (link)"),
        ("stamp_change_trigger", "attic", "functions/attic/stamp_change_trigger.sql is in no room"),
        # By a view alone.
        ("open_time", "privacy", "crm_unanswered (report) uses open_time (privacy)"),
    ],
)
def test_function_is_noticed_when_it_is_in_a_wrong_room(
    name: str, room: str, violation: str
) -> None:
    sources = dict(SOURCES)
    sources[f"functions/{room}/{name}.sql"] = sources.pop(_path_of(name))
    violations = find_violations(PLAN, sources)
    assert [line for line in violations if line.startswith(violation)], violations


def test_function_is_noticed_when_a_trigger_of_an_earlier_room_asks_it() -> None:
    """A trigger is in the room of its function; its condition calls too."""
    sources = dict(SOURCES)
    sources["functions/link/can_write_business.sql"] = sources.pop(_path_of("can_write_business"))
    told = " uses can_write_business (link), a later room"
    askers = {line.split()[0] for line in find_violations(PLAN, sources) if line.endswith(told)}
    early = {
        PurePosixPath(path).stem
        for path, text in SOURCES.items()
        if path.startswith("triggers/")
        and (
            "onethread.bound_identity_start_trigger()" in text
            or "onethread.prepare_evidence_trigger()" in text
        )
    }
    assert len(early) == 2
    assert early <= askers


@pytest.mark.slow
def test_every_caller_is_noticed_when_it_goes_below_what_it_calls() -> None:
    """Not only those that somebody thought of."""
    lowest = PLAN.rooms[0]
    for path, text in SOURCES.items():
        folder, room, *_ = PurePosixPath(path).parts
        others = {used for used in _calls(path) if _path_of(used).split("/")[1] != lowest}
        if folder == "functions" and room != lowest and others:
            moved = {name: source for name, source in SOURCES.items() if name != path}
            moved[f"functions/{lowest}/{PurePosixPath(path).name}"] = text
            start = f"{PurePosixPath(path).stem} ({lowest}) uses "
            told = [line for line in list_upward(PLAN, moved) if line.startswith(start)]
            assert {line.split()[3] for line in told} >= others, path


@pytest.mark.parametrize(
    ("path", "old", "new", "violation"),
    [
        (
            "functions/message/message_direction.sql",
            "case lower(",
            "case onethread.find_thread(1, ",
            "message_direction (message) uses find_thread (conversation)",
        ),
        (
            "functions/conversation/move_references.sql",
            "(update %s t set",
            "(select onethread.merge_sides(); update %s t set",
            "move_references (conversation) uses merge_sides (merge)",
        ),
        (
            "functions/inbox/count_unread.sql",
            "select",
            "select onethread.relink_message_trigger(),",
            "count_unread (inbox) calls relink_message_trigger, which is no front door of link",
        ),
        (
            "functions/event/message_state.sql",
            "onethread.message_state(",
            "onethread.message_status(",
            "functions/event/message_state.sql does not define onethread.message_state",
        ),
        (
            "functions/address/address_key.sql",
            "onethread.whatsapp_address",
            "onethread.whatsapp_resolution",
            "address_key (address) uses whatsapp_resolution (rule)",
        ),
        (
            "views/unlinked_message.sql",
            "from public.whatsapp_message",
            "from public.whatsapp_thread",
            "unlinked_message (message) uses whatsapp_thread (inbox)",
        ),
    ],
)
def test_source_is_noticed_when_it_says_something_else(
    path: str, old: str, new: str, violation: str
) -> None:
    assert old in SOURCES[path]
    changed = {**SOURCES, path: SOURCES[path].replace(old, new)}
    violations = find_violations(PLAN, changed)
    assert [line for line in violations if line.startswith(violation)], violations


def test_name_is_noticed_when_two_rooms_have_it() -> None:
    path = _path_of("address_key")
    violations = find_violations(PLAN, {**SOURCES, "functions/rule/address_key.sql": SOURCES[path]})
    assert f"functions/rule/address_key.sql and {path} have one name" in violations


def test_name_is_passed_over_when_it_is_only_spoken_of() -> None:
    path = FUNCTIONS["lead_address"]
    spoken = (
        "-- See onethread.find_thread().\ncomment on function onethread.lead_address(bigint) is\n"
        "  'As onethread.find_thread() has it; '\n  'see there.';\n"
    )
    assert find_violations(PLAN, {**SOURCES, path: SOURCES[path] + spoken}) == []


def test_function_is_in_use_when_it_is_loaded() -> None:
    """By another source, by a trigger, or by a program that the document names."""
    programs = {name: room for room, names in PLAN.programs.items() for name in names}
    used = {name for _, _, name, _ in USES} | triggers(SOURCES)
    assert FUNCTIONS.keys() - used <= programs.keys()
    assert {name: PurePosixPath(FUNCTIONS[name]).parts[1] for name in programs} == programs


def test_names_of_the_document_are_there_when_it_is_read() -> None:
    named = set(re.findall(r"\b([a-z]\w+)\(\)", TEXT)) - {"pg_trigger_depth"}
    assert len(named) > 60
    assert named <= FUNCTIONS.keys()
    for path in PLAN.tests:
        assert (DB_DIR.parent / path).is_dir(), path


def test_function_names_its_triggers_when_one_executes_it() -> None:
    for path, text in SOURCES.items():
        if path.startswith("triggers/"):
            [function] = re.findall(r"execute function onethread\.(\w+)\(\)", text)
            head = SOURCES[FUNCTIONS[function]].partition("create or replace")[0]
            assert PurePosixPath(path).stem in head.split("Called by the trigger")[-1], function


def test_types_are_the_documents_when_loaded(connection: Connection) -> None:
    loaded = rows(
        connection,
        "select c.relname as name, array_agg(a.attname::text) as columns from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where c.relkind = 'c' and c.relnamespace = 'onethread'::regnamespace group by c.relname",
    )
    documented = {name: columns for name, (_, columns) in PLAN.types.items()}
    assert {row.name: frozenset(row.columns) for row in loaded} == documented
