"""One run: what the workloads share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg

from onethread.database.connection import open_connection
from tests.benchmarks.contest import create_baselines
from tests.benchmarks.databases import Databases
from tests.benchmarks.report import Result
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.tables import SizedTable, build_tables


@dataclass
class Run:
    """The databases and sizes of a run."""

    databases: Databases
    sizes: Sizes
    choose: random.Random = field(default_factory=lambda: random.Random(1))

    @cached_property
    def tables(self) -> list[SizedTable]:
        """Tables from small to large: built when first asked for, dropped at the end of the run."""
        return build_tables(self.databases, self.sizes)

    @contextmanager
    def baselines(self) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
        """URL of and connection to a database that has the tables of the baselines too."""
        with self.databases.open() as url, open_connection(url) as connection:
            connection.execute("set synchronous_commit = off")
            create_baselines(connection)
            yield url, connection


Workload = Callable[[Run], Iterable[Result]]
