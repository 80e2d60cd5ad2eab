"""The commands about the schema: migrate, and for a CRM's database audit, backfill, uninstall."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.errors import OnethreadError

if TYPE_CHECKING:
    from onethread.schema.adoption.sources import Source
    from onethread.schema.adoption.uninstall import Removal
    from onethread.schema.single import Single


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    command = commands.add("migrate", "bring the database to this version's schema", _migrate)
    command.add_argument(
        "--default-region",
        metavar="REGION",
        help="country of businesses that have none: IL, BR, ...",
    )
    command.add_argument(
        "--single",
        metavar="NAME",
        help="a database of one business: writers need not say which",
    )
    command.add_argument("--region", metavar="REGION", help="with --single, its country")
    command.add_argument(
        "--beside",
        action="store_true",
        help="leave tables of these names in other schemas where they are",
    )
    how = command.add_mutually_exclusive_group()
    how.add_argument(
        "--dry-run", action="store_true", help="print the statements and the locks they take"
    )
    how.add_argument(
        "--sql",
        action="store_true",
        help="print all of it as one statement, for an SQL editor; asks no database",
    )

    command = commands.add("audit", "count people with several threads; changes nothing", _audit)
    command.add_argument("--database-url", metavar="URL", help="default: DATABASE_URL")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--source", metavar="NAME", help="the tables of evolution, chatwoot, …")
    what.add_argument(
        "--messages",
        metavar="SELECT",
        help="your own tables: address, and tenant, thread, is_typed",
    )
    command.add_argument(
        "--evidence", metavar="SELECT", help="beside --messages, who is whom: a, b, and tenant"
    )
    command.add_argument("--schema", metavar="NAME", help="where the tables are, if not in public")
    command.add_argument(
        "--default-region", metavar="REGION", help="country of national numbers: IL, BR, ..."
    )
    shared.add_json(command)

    command = commands.add("backfill", "link the messages that are in no thread yet", _backfill)
    shared.add_business(command, "default: all")
    command.add_argument(
        "--throttle", type=float, metavar="ROWS", help="at most so many messages a second"
    )
    shared.add_json(command)

    command = commands.add(
        "uninstall",
        "remove all but the tables that the CRM writes",
        _uninstall,
        "Their links stay.",
    )
    command.add_argument(
        "--drop-data", action="store_true",
        help="although the log of merges, read marks and the like are lost",
    )  # fmt: skip
    command.add_argument(
        "--dry-run", action="store_true", help="print the statements; changes nothing"
    )


def _migrate(options: argparse.Namespace) -> int:
    from onethread.database.config import shard_names
    from onethread.database.connection import open_connection
    from onethread.database.text import count_of
    from onethread.schema import loading, migrate

    if shard_names() and not options.sql:
        raise OnethreadError(
            "DATABASE_URL is a router: it has no schema",
            "`onethread shards migrate` brings its servers to this version.",
        )
    single = _read_single(options)
    region = options.default_region if single is None else single.region
    if options.sql:
        print(migrate.sql_file(region, single), end="")
        return 0
    url = database.find_url(options)
    with open_connection(url) as connection:
        changes_phones = loading.changes_phones(connection)
    if options.dry_run:
        for step in migrate.plan_adoption(url, region, single, is_beside=options.beside):
            end = "" if step.sql.startswith("--") else ";"
            print(f"-- locks: {step.lock}\n{step.sql}{end}\n")
        return 0
    applied = migrate.migrate(url, region, _say_step, single, is_beside=options.beside)
    print(
        f"{count_of(len(applied), 'migration')} applied; functions, views and triggers are up to "
        "date."
    )
    if changes_phones:
        print(
            "The phone functions have changed. `onethread phone-metadata` lists the stored numbers "
            "that they read differently."
        )
    return 0


def _read_single(options: argparse.Namespace) -> Single | None:
    from onethread.schema.adoption.preflight import read_region
    from onethread.schema.single import Single

    if options.single is None:
        if options.region is not None:
            raise OnethreadError(
                "--region is said beside --single", "For all businesses it is --default-region."
            )
        return None
    if options.region is None or options.default_region is not None:
        raise OnethreadError(
            "--single wants the business's --region", "--single Clinic --region BR"
        )
    return Single(options.single, read_region(options.region))


def _say_step(line: str) -> None:
    if not line.startswith("comment on "):
        print(line, file=sys.stderr)


def _audit(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.progress import progress_bar
    from onethread.cli.render.summaries import audit_summary, source_summary
    from onethread.database.connection import open_connection
    from onethread.schema.adoption.audit import audit
    from onethread.schema.adoption.audit_source import audit_source

    url = options.database_url or database.find_url(options)
    source = _find_source(options)
    with open_connection(url) as connection, progress_bar("Reading") as progress:
        if options.schema:
            connection.execute("select set_config('search_path', %s, false)", [options.schema])
        if source is not None:
            found = audit_source(connection, source, options.default_region)
            print(json_rows([found.row()]) if options.json else source_summary(found))
            return 0
        result = audit(connection, options.default_region, progress)
    print(json_rows([result.row()]) if options.json else audit_summary(result))
    return 0


def _find_source(options: argparse.Namespace) -> Source | None:
    from onethread.schema.adoption.sources import Source, find_source

    if options.evidence and not options.messages:
        raise OnethreadError("--evidence is said beside --messages", "A --source has its own.")
    if options.messages:
        return Source(options.messages, options.evidence)
    return find_source(options.source) if options.source else None


def _backfill(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.progress import progress_bar
    from onethread.cli.render.summaries import backfill_summary
    from onethread.schema.adoption.backfill import backfill, count_unlinked

    with database.connect(options) as connection, progress_bar("Linking") as progress:
        progress(0, count_unlinked(connection, options.business))
        result = backfill(
            connection, options.business, options.throttle, lambda seen: progress(seen, None)
        )
    print(json_rows([vars(result)]) if options.json else backfill_summary(result))
    return 1 if result.failed else 0


def _uninstall(options: argparse.Namespace) -> int:
    from onethread.database.connection import open_connection
    from onethread.schema.adoption.uninstall import plan_uninstall, uninstall

    with open_connection(database.find_url(options)) as connection:
        if options.dry_run:
            _print_removal(plan_uninstall(connection))
            return 0
        removal = uninstall(connection, drop_data=options.drop_data)
    if not removal.statements:
        print("There is no Onethread in this database.")
        return 0
    for note in removal.notes:
        print(note, file=sys.stderr)
    print(
        "Onethread is removed. The tables that the CRM writes are as they were, with the "
        "conversations and links; `onethread migrate` takes them up again."
    )
    return 0


def _print_removal(removal: Removal) -> None:
    from onethread.schema.adoption.uninstall import describe_lost

    if removal.lost:
        print(f"-- needs --drop-data: {describe_lost(removal)}")
    for note in removal.notes:
        print(f"-- {note}")
    for statement in removal.statements:
        print(f"{statement};")
