"""Every name has its schema: `public.` stands before what is the CRM's to touch, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from onethread.database.config import DB_DIR
from tests.catalog import CRM_TABLES, VIEWS
from tests.conftest import Connection
from tests.sql.catalog.rooms import code_of
from tests.sql.query import rows

ROOT = DB_DIR.parent
FILES = sorted(
    path
    for folder in ("db", "app", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".sql", ".py", ".md", ".ini")
)

# What may follow `public.`: a table of the CRM's, its sequence or an index of it, a view of ours.
_CRM = "|".join(sorted(CRM_TABLES, key=len, reverse=True))
_ALLOWED = re.compile(rf"(?:{_CRM})(?:_id_seq|_\w+_idx\w*)?|{'|'.join(VIEWS)}")
# A name in the text, or one that is built at run time: what stands in its place.
_AFTER_PUBLIC = re.compile(r"\bpublic\.(\{[^}]*\}|%\w*|\w*)")
_BUILT = re.compile(r"Identifier\(\s*[\"']public[\"'],\s*(.*)")

# Elsewhere: file -> what stands there, and why that is right.
EXCEPTIONS: dict[str, tuple[set[str], str]] = {
    "app/onethread/schema/ownership.py": (
        {""},
        "names of objects for people, and the views that this app has in public",
    ),
    "app/onethread/schema/rights.py": ({"{view}"}, "the views that this app has in public"),
    "db/one_statement.sql": ({"", "%I"}, "views of this app, of other versions too"),
    "app/onethread/schema/loading.py": (
        {"%I", 'name.split("/")[1]) for name in old)'},
        "views of this app, of other versions too",
    ),
    "app/onethread/schema/adoption/uninstall.py": (
        {"{view}", ""},
        "tables of the CRM and views, by the lists of what this app makes in public",
    ),
    "app/onethread/schema/adoption/run.py": (
        {"", "{view}", "_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock"},
        "the CRM's tables that were adopted; what a migrate that failed has made",
    ),
    "app/onethread/schema/adoption/crm_tables.py": ({"", "name)"}, "the CRM's own tables"),
    "tests/benchmarks/intake.py": ({"plain_message"}, "a table without triggers to compare with"),
    "tests/benchmarks/tables.py": ({"{name}"}, "indexes of whatsapp_message, out of the catalog"),
    "tests/adoption/test_migrate.py": (
        {"{name}", "odd"},
        "the CRM's own tables, out of the catalog; one that a migration of a test makes",
    ),
    "tests/adoption/test_collisions.py": (
        {"crm_un", "note"},
        "the beginning of a view's name; a CRM's table",
    ),
    "tests/writers/test_readers.py": (
        {"_yoyo_log", "yoyo_lock"},
        "yoyo's tables, which stand where plain yoyo makes them",
    ),
    "tests/security/test_reading.py": ({"mine"}, "a function that an attacker tries to make"),
    "tests/sql/link/test_host_triggers.py": ({"{name}", "drop_all"}, "a CRM's own functions"),
    "tests/sql/merge/test_references.py": ({"refuse"}, "a CRM's own function"),
    "tests/sql/catalog/test_business_id.py": ({"t"}, "a table of examples that nobody makes"),
    "tests/sql/catalog/rooms.py": ({""}, "the word alone"),
}


def _names(text: str) -> Iterator[str]:
    for match in _AFTER_PUBLIC.finditer(text):
        yield match[1]
    for match in _BUILT.finditer(text):
        yield match[1]


def _others(text: str) -> set[str]:
    """What `public.` stands before though it should not."""
    return {name for name in _names(text) if not _ALLOWED.fullmatch(name)}


def test_public_stands_before_the_crms_names_only() -> None:
    wrong = {}
    for path in FILES:
        if path == Path(__file__):
            continue
        name = path.relative_to(ROOT).as_posix()
        allowed, _ = EXCEPTIONS.get(name, (set(), ""))
        if others := _others(path.read_text("utf-8")) - allowed:
            wrong[name] = others
    assert not wrong, "schema onethread, or, with the reason, EXCEPTIONS"


def test_exception_is_in_use_when_it_is_listed() -> None:
    idle = {
        name: idle
        for name, (allowed, _) in EXCEPTIONS.items()
        if (idle := allowed - _others((ROOT / name).read_text("utf-8")))
    }
    assert not idle


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("select * from public.lead, public.whatsapp_inbox", set()),
        ("nextval('public.whatsapp_message_id_seq')", set()),
        ("drop index public.whatsapp_message_inbox_idx", set()),
        ("select public.find_thread(1, '')", {"find_thread"}),
        ("select * from public.leads", {"leads"}),
        ("public.whatsapp_conversation_merge", {"whatsapp_conversation_merge"}),
        ("public.whatsapp_conversation_merge_id_seq", {"whatsapp_conversation_merge_id_seq"}),
        ('f"select * from public.{function}(1)"', {"{function}"}),
        ('"select * from public.%s" % name', {"%s"}),
        ('"select * from public." + name', {""}),
        ('sql.Identifier("public", name)', {"name)"}),
    ],
)
def test_name_is_seen_when_it_has_the_wrong_schema(text: str, others: set[str]) -> None:
    assert _others(text) == others


def test_lists_are_the_catalogs_when_loaded(connection: Connection) -> None:
    """All that Onethread has in public: a new table or view there is the CRM's to touch."""
    loaded = rows(
        connection,
        "select c.relname as name, c.relkind = 'v' as is_view from pg_class c "
        "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') "
        "and c.relname !~ '^_(onethread|yoyo)|^yoyo_'",
    )
    assert {row.name for row in loaded if not row.is_view} == set(CRM_TABLES)
    assert {row.name for row in loaded if row.is_view} == set(VIEWS)
    elsewhere = rows(
        connection,
        "select proname as name from pg_proc where pronamespace = 'public'::regnamespace "
        "union all select typname from pg_type t where typnamespace = 'public'::regnamespace "
        "and not exists (select from pg_class c where c.reltype in (t.oid, t.typelem))",
    )
    assert elsewhere == []


@pytest.fixture
def ours(connection: Connection) -> dict[str, set[str]]:
    """Names of this product that SQL must not use without a schema."""
    functions = rows(
        connection,
        "select proname as name from pg_proc where pronamespace = 'onethread'::regnamespace",
    )
    relations = rows(
        connection,
        "select relname as name, relkind = 'c' as is_type from pg_class "
        "where relnamespace = 'onethread'::regnamespace and relkind in ('r', 'p', 'c')",
    )
    return {
        "functions": {row.name for row in functions},
        "types": {row.name for row in relations if row.is_type},
        "tables": {row.name for row in relations if not row.is_type} | {*CRM_TABLES, *VIEWS},
    }


def _bare(code: str, ours: dict[str, set[str]]) -> set[str]:
    """Calls, types and tables of ours that stand without a schema."""
    calls = set(re.findall(r"(?<![\w.])(\w+)\s*\(", code)) & ours["functions"]
    types = set(re.findall(r"(?<![\w.])(\w+)", code)) & ours["types"]
    read = re.findall(r"\b(?:from|join)\s+(\w+)\b(?!\s*[.(])", code)
    written = re.findall(r"\b(?:into|update|table|references)\s+(\w+)\b(?!\.)", code)
    return calls | types | ({*read, *written} & ours["tables"])


def test_name_has_its_schema_when_a_source_uses_it(ours: dict[str, set[str]]) -> None:
    """Any session's search_path may be in force, and a CRM may have the same names."""
    wrong = {
        path.relative_to(ROOT).as_posix(): bare
        for path in FILES
        if path.suffix == ".sql"
        and path.is_relative_to(DB_DIR)
        and (bare := _bare(code_of(path.read_text("utf-8")), ours))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("code", "bare"),
    [
        ("select onethread.find_thread(1, '') from public.lead", set()),
        ("select find_thread(1, '')", {"find_thread"}),
        ("select 1 from erasure e", {"erasure"}),
        ("insert into lead (id) values (1)", {"lead"}),
        ("update whatsapp_message m set body = ''", {"whatsapp_message"}),
        ("select null::whatsapp_address", {"whatsapp_address"}),
    ],
)
def test_name_is_seen_when_it_has_no_schema(
    ours: dict[str, set[str]], code: str, bare: set[str]
) -> None:
    assert _bare(code, ours) == bare
