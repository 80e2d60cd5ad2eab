"""Measures the speed of a server, in databases of its own; `make bench` runs it.

python -m tests.benchmarks [--database-url URL] [--quick] [--json] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys

import psycopg

from onethread import embedded
from onethread.database.config import database_url
from onethread.database.connection import open_connection
from onethread.errors import OnethreadError
from tests.benchmarks import report, sizes
from tests.benchmarks.databases import own_databases
from tests.benchmarks.run import Run
from tests.benchmarks.workloads import WORKLOADS


def main(arguments: list[str] | None = None) -> int:
    """Runs the workloads; returns the exit code: 0 done, 1 not done, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        _measure(options)
    except (OnethreadError, psycopg.Error) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measures the speed of a server, in databases that it creates and drops.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="a server on which you may create databases; default: DATABASE_URL, else the embedded",
    )
    parser.add_argument("--quick", action="store_true", help="small tables, few rounds")
    parser.add_argument("--json", action="store_true", help="print JSON, a result a line")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=WORKLOADS,
        metavar="NAME",
        help=f"only these workloads, of: {', '.join(WORKLOADS)}",
    )
    return parser


def _measure(options: argparse.Namespace) -> None:
    url = options.database_url or database_url() or embedded.start()
    with open_connection(url) as connection:
        facts = report.describe_run(connection, _command(options))
    if options.json:
        print(json.dumps(facts), flush=True)
    else:
        print("\n".join(f"{fact}: {value}" for fact, value in facts.items()))
        print(f"\n{report.table_head()}", flush=True)
    show = report.result_json if options.json else report.table_row
    with own_databases(url) as databases:
        run = Run(databases, sizes.QUICK if options.quick else sizes.FULL)
        for name in options.only or WORKLOADS:
            print(f"bench: {name} …", file=sys.stderr)
            for result in WORKLOADS[name](run):
                # At once: a run takes hours, and may not come to its end.
                print(show(result), flush=True)


def _command(options: argparse.Namespace) -> str:
    """The command without the URL, which may hold a password."""
    words = ["make", "bench"]
    if options.quick:
        words.append("QUICK=1")
    if options.only:
        words.append(f"ONLY={' '.join(options.only)}")
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
