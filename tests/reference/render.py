"""The pages of the reference, from the database, the commands and the server."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import psycopg
from pydantic.fields import FieldInfo

from onethread.cli.main import GROUPS, build_parser
from onethread.database.config import DB_DIR
from onethread.environment import Environment, OfBusiness, variable_name
from onethread.web import Settings, create_app
from onethread.web.api.description import describe, scheme_text
from tests.reference.examples import EXAMPLES
from tests.sql.catalog.rooms import README, read_plan

Connection = psycopg.Connection[Any]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
_MADE = "<!-- Made by `make reference`; do not edit. -->\n"
_RAISE = re.compile(r"raise exception\s+'((?:[^']|'')*)'(.*?);", re.DOTALL)


def pages(connection: Connection) -> dict[str, str]:
    """Name of the file -> its text."""
    made: dict[str, Callable[[], Iterable[str]]] = {
        "commands.md": _commands,
        "settings.md": _settings,
        "errors.md": lambda: _errors(connection),
        "http.md": _http,
        "sql.md": lambda: _functions(connection),
        "tables.md": lambda: _tables(connection),
        "views.md": lambda: _views(connection),
    }
    return {name: _MADE + "\n".join(lines()).rstrip() + "\n" for name, lines in made.items()}


def functions() -> dict[str, list[str]]:
    """What programs call, by room."""
    return {room: sorted(names) for room, names in read_plan(README.read_text()).programs.items()}


def _commands() -> Iterator[str]:
    parser, _ = build_parser()
    yield "# Commands\n"
    yield "What `onethread COMMAND --help` says. A command that works on a database takes it from"
    yield "`DATABASE_URL`; `--embedded` takes the embedded server.\n"
    yield "Exit code 0: done; 1: not done, or not all of it; 2: wrong usage.\n"
    [choices] = [a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for group, names in GROUPS.items():
        yield f"## {group}\n"
        for name in names:
            yield from _command(f"onethread {name}", choices[name])


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"### `{name}`\n"
    if command.description:
        yield f"{' '.join(command.description.split())}\n"
    actions = [a for a in command._actions if a.dest not in ("help", "embedded")]
    nested = [a for a in actions if isinstance(a, argparse._SubParsersAction)]
    plain = [a for a in actions if a not in nested and a.help != argparse.SUPPRESS]
    if plain:
        yield "| | |\n|---|---|"
        for action in plain:
            yield f"| {_words(action)} | {_help(action)} |"
        yield ""
    for action in nested:
        told = {each.dest: each.help for each in action._choices_actions}
        for each, inner in action.choices.items():
            inner.description = inner.description or f"{str(told.get(each) or '').capitalize()}."
            yield from _command(f"{name} {each}", inner)


def _words(action: argparse.Action) -> str:
    metavar = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    value = "" if action.nargs == 0 else str(metavar)
    if not action.option_strings:
        return f"`{value}`"
    return ", ".join(f"`{f'{name} {value}'.strip()}`" for name in action.option_strings)


def _help(action: argparse.Action) -> str:
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return text.replace("|", "\\|")


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "The environment wins over a file `.env` in the working directory. That file wins over a"
    yield "folder with a file for each variable, which `ONETHREAD_SECRETS_DIR` names. An empty"
    yield "variable counts as not set. Words are separated by blanks: several secrets are accepted"
    yield "at once while one is being changed. [Operations](../operations.md#environment) tells"
    yield "which program reads what.\n"
    yield from _fields(
        {
            name: field
            for name, field in Environment.model_fields.items()
            if name != "businesses" and name not in OfBusiness.model_fields
        }
    )
    yield "\n## Of one business\n"
    yield "A business may have these for itself: `ONETHREAD_BUSINESS_7_META_APP_SECRET` is business"
    yield "7's.\n"
    yield from _fields(OfBusiness.model_fields)


def _fields(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield "| variable | value | default | |\n|---|---|---|---|"
    for name, field in fields.items():
        is_table = get_origin(field.annotation) is dict
        variable = variable_name(name, "PROVIDER") if is_table else variable_name(name)
        default = field.get_default(call_default_factory=True) or ""
        told = (field.description or "").replace("\n", " ")
        yield f"| `{variable}` | {_value(field)} | {f'`{default}`' if default else ''} | {told} |"


def _value(field: FieldInfo) -> str:
    kind = get_origin(field.annotation) or field.annotation
    if kind is Literal:
        return " or ".join(f"`{value}`" for value in get_args(field.annotation))
    return {str: "text", tuple: "words"}.get(kind, "number")


def _functions(connection: Connection) -> Iterator[str]:
    yield "# The SQL API\n"
    yield "What programs call, in schema `onethread`, by the rooms of"
    yield "[db/functions](../../db/functions/README.md). The examples are about a business 1 in"
    yield "Israel with two conversations. [Errors](errors.md) has every SQLSTATE.\n"
    for room, names in functions().items():
        yield f"## {room}\n"
        for name in names:
            for arguments, result, comment in connection.execute(
                "select pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), "
                "obj_description(p.oid, 'pg_proc') from pg_proc p "
                "where p.pronamespace = 'onethread'::regnamespace and p.proname = %s order by 1",
                [name],
            ).fetchall():
                yield f"### `{name}`\n"
                yield f"{' '.join(comment.split())}\n"
                given, given_back = _split_arguments(arguments)
                yield "| | |\n|---|---|"
                for argument in given:
                    yield f"| takes | `{argument}` |"
                for part in given_back or [result]:
                    yield f"| gives | `{part}` |"
                if codes := _codes_of(name):
                    yield f"| raises itself | {', '.join(f'`{code}`' for code in codes)} |"
                yield f"\n```sql\n{EXAMPLES[name]}\n```\n"


def _split_arguments(text: str) -> tuple[list[str], list[str]]:
    parts = [each.strip() for each in re.split(r",\s*(?![^(]*\))", text) if each.strip()]
    given = [each.removeprefix("IN ") for each in parts if not each.startswith("OUT ")]
    return given, [each.removeprefix("OUT ") for each in parts if each.startswith("OUT ")]


def _sources() -> Mapping[str, str]:
    return {
        path.stem: path.read_text("utf-8") for path in sorted((DB_DIR / "functions").rglob("*.sql"))
    }


def _codes_of(name: str) -> list[str]:
    text = _sources()[name]
    return sorted(set(re.findall(r"errcode\s*(?:=|:=)\s*'(\w+)'", text)))


def _errors(connection: Connection) -> Iterator[str]:
    yield "# Errors of the database\n"
    yield "Every SQLSTATE that a function of ours raises, with its message (`…`: a value) and hint."
    yield "PostgreSQL's own come besides: 23503 for a lead or a business that does not exist, 23514"
    yield "for a value that a column does not take, 40001 and 40P01 for a transaction to be"
    yield "repeated.\n"
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, text in _sources().items():
        for match in _RAISE.finditer(text):
            code = re.search(r"errcode\s*=\s*'(\w+)'", match[2])
            hint = re.search(r"hint\s*=\s*((?:'(?:[^']|'')*'\s*)+)", match[2])
            said = re.sub(r"%", "…", match[1].replace("''", "'"))
            told = re.sub(r"'\s*\n?\s*'", "", hint[1].strip())[1:-1] if hint else ""
            found.setdefault(code[1] if code else "raise_exception", []).append(
                (said, told.replace("''", "'"), name)
            )
    for condition in sorted(found):
        yield f"## {condition} ({_sqlstate(condition)})\n"
        yield "| message | hint | raised in |\n|---|---|---|"
        for row in sorted(found[condition]):
            said, told, name = (" ".join(each.replace("|", "\\|").split()) for each in row)
            yield f"| {said} | {told} | `{name}` |"
        yield ""


def _sqlstate(condition: str) -> str:
    if re.fullmatch(r"[0-9A-Z]{5}", condition):
        return "our own"
    name = "".join(part.capitalize() for part in condition.split("_"))
    error = getattr(psycopg.errors, name)
    return str(error.sqlstate)


def _views(connection: Connection) -> Iterator[str]:
    yield "# Views\n"
    yield "They show the rows that the caller may see. Give `business_id` in every question.\n"
    for name, comment in connection.execute(
        "select c.relname, obj_description(c.oid) from pg_class c where c.relkind = 'v' "
        "and c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace) order by 1"
    ).fetchall():
        yield f"## `{name}`\n\n{' '.join((comment or '').split())}\n"
        yield "| column | type | |\n|---|---|---|"
        yield from _columns(connection, name)
        yield ""


def _columns(connection: Connection, name: str) -> Iterator[str]:
    for column, kind, told in connection.execute(
        "select a.attname, format_type(a.atttypid, a.atttypmod), "
        "coalesce(col_description(c.oid, a.attnum), '') from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where c.relname = %s and c.relkind in ('r', 'v') "
        "and c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace) "
        "order by a.attnum",
        [name],
    ).fetchall():
        yield f"| `{column}` | `{kind}` | {' '.join(told.replace('|', chr(92) + '|').split())} |"


def _tables(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        "select c.relname, n.nspname, obj_description(c.oid) from pg_class c "
        "inner join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind = 'r' and n.nspname in ('public', 'onethread') "
        "and c.relname !~ 'yoyo' order by n.nspname desc, c.relname"
    ).fetchall()
    references = connection.execute(
        "select distinct f.conrelid::regclass::text, f.confrelid::regclass::text "
        "from pg_constraint f "
        "inner join pg_class c on c.oid = f.conrelid and c.relkind = 'r' "
        "where f.contype = 'f' and c.relnamespace in "
        "('public'::regnamespace, 'onethread'::regnamespace) order by 1, 2"
    ).fetchall()
    yield "# Tables\n"
    yield "Those of schema `public` are the CRM's to read and write; those of `onethread` are ours."
    yield "Every one but `business` also refers to `business`: that is left out.\n"
    yield "```mermaid\nerDiagram"
    for one, other in references:
        if other != "business":
            yield f"  {_entity(other)} ||--o{{ {_entity(one)} : has"
    yield "```\n"
    for name, schema, comment in rows:
        full = name if schema == "public" else f"{schema}.{name}"
        yield f"## `{full}`\n\n{' '.join((comment or '').split())}\n"
        yield "| column | type | |\n|---|---|---|"
        yield from _columns(connection, name)
        yield ""


def _entity(name: str) -> str:
    return name.replace("onethread.", "onethread_")


def _http() -> Iterator[str]:
    description = describe(create_app("", Settings(is_insecure=True)))
    yield "# The HTTP API\n"
    yield "[How it is used](../api.md). Every error is `application/problem+json`: ProblemDetail.\n"
    yield "## Who may ask\n"
    yield "A route that names several takes any of them.\n"
    yield "| | where it is | |\n|---|---|---|"
    for name, scheme in description["components"]["securitySchemes"].items():
        yield f"| `{name}` | `{scheme_text(scheme)}` | {_text(scheme)} |"
    yield ""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield f"## `{method.upper()} {path}`\n"
            yield f"{_text(operation)}\n"
            schemes = [f"`{name}`" for each in operation.get("security", []) for name in each]
            yield f"Who may ask: {', '.join(schemes) or 'everybody'}.\n"
            rows = [
                (f"`{each['name']}`", each["in"] + (", required" if each.get("required") else ""),
                 _kind(each.get("schema", {})), _text(each))
                for each in operation.get("parameters", [])
            ]  # fmt: skip
            rows += [
                ("body", media, _kind(each.get("schema", {})), "")
                for media, each in operation.get("requestBody", {}).get("content", {}).items()
            ]
            rows += [
                (status, "answer", ", ".join(sorted({
                    _kind(each.get("schema", {})) for each in answer.get("content", {}).values()
                })) if status < "4" else "ProblemDetail", _text(answer))
                for status, answer in operation["responses"].items()
            ]  # fmt: skip
            yield "| | | | |\n|---|---|---|---|"
            for row in rows:
                yield f"| {' | '.join(row)} |"
            yield ""
    yield "# What is asked and answered\n"
    for name, schema in description["components"]["schemas"].items():
        yield f"## {name}\n\n{_text(schema)}\n"
        yield "| field | type | |\n|---|---|---|"
        for field, each in schema.get("properties", {}).items():
            needed = ", required" if field in schema.get("required", ()) else ""
            yield f"| `{field}` | {_kind(each)}{needed} | {_text(each)} |"
        yield ""


def _text(described: Mapping[str, Any]) -> str:
    text = described.get("description", "")
    if not text:
        text = " ".join(each.get("description", "") for each in described.get("anyOf", ()))
    return " ".join(text.replace("|", "\\|").split())


def _kind(schema: Mapping[str, Any]) -> str:
    if reference := schema.get("$ref"):
        return str(reference.rpartition("/")[2])
    if choices := schema.get("anyOf"):
        return " or ".join(map(_kind, choices))
    if values := schema.get("enum"):
        return " or ".join(f"`{value}`" for value in values)
    if items := schema.get("items"):
        return f"list of {_kind(items)}"
    kinds = schema.get("type", "anything")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
