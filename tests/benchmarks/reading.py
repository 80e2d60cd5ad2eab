"""Pages and searches as the table grows, and where it is hard to make one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from tests.benchmarks.client import Client, Parameters, open_clients
from tests.benchmarks.report import Result, Target, costs
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run
from tests.benchmarks.tables import LargestTable, Tenant

_PAGE = Target(at_most=1.5, milliseconds=2)


def inbox_pages(run: Run) -> Iterator[Result]:
    """The first page: 50 conversations."""

    def arguments(tenant: Tenant) -> Parameters:
        return [b"%d" % tenant.business_id]

    return _pages(
        run,
        "inbox page",
        "select * from onethread.list_inbox($1)",
        arguments,
        _PAGE,
        run.sizes.reads,
    )


def thread_pages(run: Run) -> Iterator[Result]:
    """The newest 50 messages of somebody, with their statuses."""

    def arguments(tenant: Tenant) -> Parameters:
        person = 0 if tenant.is_flooded else run.choose.randrange(tenant.eventful_people)
        return [b"%d" % tenant.business_id, b"%d" % (tenant.first_id + person)]

    return _pages(
        run,
        "thread page",
        "select * from onethread.list_thread($1, $2)",
        arguments,
        _PAGE,
        run.sizes.reads,
    )


def searches(run: Run) -> Iterator[Result]:
    """Without the full text index, which is made on request: the most that a search reads."""

    def number(tenant: Tenant) -> Parameters:
        person = run.choose.randrange(tenant.people)
        return [b"%d" % tenant.business_id, tenant.typed_phone(person).encode()]

    def unwritten_word(tenant: Tenant) -> Parameters:
        return [b"%d" % tenant.business_id, b"zebra"]

    query = "select * from onethread.search_conversations($1, $2)"
    reads = max(1, run.sizes.reads // 10)
    yield from _pages(run, "search for a number", query, number, Target(), reads)
    yield from _pages(run, "search for a word nobody wrote", query, unwritten_word, Target(), reads)


@dataclass(frozen=True)
class _Case:
    name: str
    url: str
    tenant: Tenant


def _cases(run: Run) -> Iterator[_Case]:
    for table in run.tables:
        yield _Case(f"{table.messages:,} messages", table.url, table.ordinary)
        if isinstance(table, LargestTable):
            yield _Case(
                f"{run.sizes.few_chats_messages:,} messages in 30 threads",
                table.url,
                table.few_chats,
            )
            yield _Case(
                f"{run.sizes.flooded_conversations:,} threads, {run.sizes.flood:,} newer messages "
                "in one",
                table.url,
                table.flooded,
            )


def _pages(
    run: Run,
    workload: str,
    query: str,
    arguments: Callable[[Tenant], Parameters],
    target: Target,
    reads: int,
) -> Iterator[Result]:
    cases = list(_cases(run))
    with ExitStack() as stack:
        contests = []
        for case in cases:
            [client] = stack.enter_context(open_clients(case.url, 1))
            client.prepare(query)
            contests.append(_reading(reads, case.tenant, client, arguments))
        smallest, *others = race(contests, run.sizes.rounds)
    for case, seconds in zip(cases[1:], others, strict=True):
        yield costs(workload, case.name, cases[0].name, reads, seconds, smallest, target=target)


def _reading(
    reads: int, tenant: Tenant, client: Client, arguments: Callable[[Tenant], Parameters]
) -> Round:
    def once() -> float:
        pages = [arguments(tenant) for _ in range(reads)]
        return timed(lambda: client.send_all(pages))

    return once
