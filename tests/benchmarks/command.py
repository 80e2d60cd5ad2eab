"""The command bench.

What it runs is imported when it runs: the other commands need not wait for it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any

from rich.console import Console

from onethread.database.connection import open_connection, resolve_url


def add_bench_command(commands: Any) -> None:
    """Adds the command to the subparsers of onethread."""
    command: argparse.ArgumentParser = commands.add_parser(
        "bench", help="measure the speed of a server, in databases of its own"
    )
    command.add_argument(
        "--database-url", metavar="URL", help="a server on which you may create databases"
    )
    command.add_argument("--quick", action="store_true", help="small tables, few rounds")
    command.add_argument("--json", action="store_true", help="print JSON, with every round")
    command.add_argument(
        "--only", nargs="+", type=_workload_name, metavar="NAME", help="only these workloads"
    )
    command.set_defaults(run=_bench)


def _workload_name(name: str) -> str:
    from tests.benchmarks.workloads import WORKLOADS

    if name not in WORKLOADS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(WORKLOADS)}")
    return name


def _bench(options: argparse.Namespace) -> int:
    from tests.benchmarks import report, sizes
    from tests.benchmarks.databases import own_databases
    from tests.benchmarks.run import Run
    from tests.benchmarks.workloads import WORKLOADS

    url = options.database_url or resolve_url()
    with open_connection(url) as connection:
        run = report.describe_run(connection, _command(options))
    results: list[report.Result] = []
    with own_databases(url) as databases:
        bench = Run(databases, sizes.QUICK if options.quick else sizes.FULL)
        for name in options.only or WORKLOADS:
            print(f"onethread bench: {name} …", file=sys.stderr)
            results += WORKLOADS[name](bench)

    if options.json:
        print(report.results_json(run, results))
    else:
        console = Console(width=200) if not sys.stdout.isatty() else Console()
        for fact, value in run.items():
            console.print(f"{fact}: {value}", highlight=False)
        console.print(report.results_table(results))
    return 0


def _command(options: argparse.Namespace) -> str:
    """The command without the URL, which may hold a password."""
    words = ["onethread", "bench"]
    if options.quick:
        words.append("--quick")
    if options.only:
        words += ["--only", *options.only]
    return shlex.join(words)
