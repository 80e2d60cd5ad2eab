"""The workloads by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.benchmarks import (
    backfilling,
    contention,
    footprint,
    growth,
    instructions,
    intake,
    meeting,
    merging,
    phones,
    plans,
    reading,
    serving,
    tabs,
    writing,
)
from tests.benchmarks.report import Result
from tests.benchmarks.run import Run

WORKLOADS: dict[str, Callable[[Run], Iterable[Result]]] = {
    "single": writing.single_rows,
    "application": writing.beside_application,
    "batch": writing.batches,
    "copy": writing.copies,
    "new": meeting.first_contacts,
    "footprint": footprint.footprints,
    "instructions": instructions.instructions,
    "hot": contention.hot_contacts,
    "burst": contention.bursts,
    "merge": merging.merges,
    "phone": phones.normalizations,
    "intake": intake.intakes,
    "webhooks": serving.webhooks,
    "backfill": backfilling.backfills,
    # These share tables that take long to fill.
    "inbox": reading.inbox_pages,
    "thread": reading.thread_pages,
    "search": reading.searches,
    "growth": growth.insert_costs,
    "tabs": tabs.open_pages,
    "plans": plans.lasting_plans,
}
