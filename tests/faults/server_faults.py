"""What befalls PostgreSQL and the connections to it, while providers post and programs write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from tests.faults.load import SENDERS, Load, wait_until, webhooks, writers
from tests.faults.scene import OWN, Connection, Scene

_BEFORE, _AFTER = 30, 30
"""Messages acknowledged before it breaks, and again when it is mended."""

Break = Callable[[Scene, Load], None]


def _under_webhooks(scene: Scene, break_it: Break, statement_seconds: float = 15) -> None:
    with webhooks(scene.ledger, scene.database, scene.turns, statement_seconds) as (load, _):
        _repeat(scene, load, break_it)


def _under_writers(scene: Scene, break_it: Break) -> None:
    with writers(scene.ledger, scene.database, scene.turns) as load:
        _repeat(scene, load, break_it)


def _repeat(scene: Scene, load: Load, break_it: Break) -> None:
    while scene.more():
        load.wait_for_acknowledged(_BEFORE)
        break_it(scene, load)
        load.wait_for_acknowledged(_AFTER)


def postgres_killed(scene: Scene) -> None:
    """SIGKILL to all of its processes; it recovers."""

    def break_it(scene: Scene, load: Load) -> None:
        scene.server.kill()
        scene.server.start()

    _under_webhooks(scene, break_it)


def postgres_away(scene: Scene) -> None:
    """Killed, and away for longer than the pool goes on trying to connect by itself (5 s)."""

    def break_it(scene: Scene, load: Load) -> None:
        scene.server.kill()
        load.wait_for_refused(2 * SENDERS)  # each was let wait for 5 s
        scene.server.start()

    _under_webhooks(scene, break_it)


def postgres_restarted(scene: Scene) -> None:
    """An orderly restart, which cuts everybody."""

    def break_it(scene: Scene, load: Load) -> None:
        scene.server.stop("fast")
        scene.server.start()

    _under_webhooks(scene, break_it)


def serve_killed(scene: Scene) -> None:
    """SIGKILL to `onethread serve`."""
    with webhooks(scene.ledger, scene.database, scene.turns) as (load, service):
        _repeat(scene, load, lambda scene, load: service.kill())


def serve_cut(scene: Scene) -> None:
    """Transactions of `onethread serve` are cut in the middle: by itself one is over too soon."""

    def break_it(scene: Scene, load: Load) -> None:
        with scene.connect() as connection:
            connection.execute(_LINGER.encode())
            _cut_transactions(scene, load)
            connection.execute("drop function linger cascade")

    _under_webhooks(scene, break_it)


_LINGER = """
create function linger() returns trigger language plpgsql as
  $$ begin perform pg_sleep(0.02); return null; end $$;
create trigger linger after insert on whatsapp_message execute function linger();
"""


def writers_cut(scene: Scene) -> None:
    """Transactions of programs that call onethread.messages.write are cut in the middle."""
    _under_writers(scene, _cut_transactions)


_CUT = f"""
select count(*) filter (where pg_terminate_backend(pid))
from pg_stat_activity
where datname = current_database() and application_name <> '{OWN}' and backend_xid is not null
"""


def _cut_transactions(scene: Scene, load: Load) -> None:
    """Until ten were that had written something."""
    cut = 0

    def is_enough() -> bool:
        nonlocal cut
        [(count,)] = watcher.execute(_CUT).fetchall()
        cut += count
        return cut >= 10

    with scene.connect() as watcher:
        wait_until(is_enough, "transactions are cut")


# A share of the writes, counted by a sequence, which no rollback sets back.
_RAISE = """
create sequence raised;
create function raise_sometimes() returns trigger language plpgsql as $$
declare
  v_call bigint := nextval('raised');
  v_states text[] := tg_argv[1]::text[];
begin
  if v_call %% tg_argv[0]::bigint = 0 then
    raise exception 'injected' using
      errcode = v_states[1 + v_call / tg_argv[0]::bigint %% cardinality(v_states)];
  end if;
  return null;
end $$;
create trigger raise_sometimes after insert on {table}
  for each row execute function raise_sometimes({share}, '{{{states}}}');
"""
_STOP_RAISING = """
drop trigger raise_sometimes on {table};
drop function raise_sometimes;
drop sequence raised;
"""


def _raising(table: str, share: int, *states: str, calls: int) -> Break:
    """Raises these SQLSTATEs in turn at each share-th insert, until there were so many."""

    def break_it(scene: Scene, load: Load) -> None:
        with scene.connect() as connection:
            script = _RAISE.replace("%%", "%")
            connection.execute(
                script.format(table=table, share=share, states=",".join(states)).encode()
            )

            def is_enough() -> bool:
                [(count,)] = connection.execute("select last_value from raised").fetchall()
                return int(count) >= calls

            wait_until(is_enough, "errors are raised")
            connection.execute(_STOP_RAISING.format(table=table).encode())

    return break_it


def conflicts_injected(scene: Scene) -> None:
    """Every fifth insert of a message fails with 40P01 or 40001: nobody is told, it is retried."""
    with webhooks(scene.ledger, scene.database, scene.turns) as (load, _):
        refused = load.refused
        _repeat(
            scene,
            load,
            _raising("whatsapp_message", 5, "40P01", "40001", calls=60),
        )
        assert load.refused == refused, f"{load.refused} were not retried by the service"


def conflicts_injected_in_writers(scene: Scene) -> None:
    """The same on the rows of new people, for programs that call onethread.messages.write."""
    _under_writers(scene, _raising("whatsapp_message", 5, "40P01", "40001", calls=60))


def errors_injected(scene: Scene) -> None:
    """Statement timeout, no memory, no connection slot, no space, an I/O error, a shutdown: 503."""
    states = ("57014", "53200", "53300", "53100", "58030", "57P01")

    def break_it(scene: Scene, load: Load) -> None:
        refused = load.refused
        _raising("whatsapp_message", 3, *states, calls=60)(scene, load)
        assert load.refused > refused

    _under_webhooks(scene, break_it)


@contextmanager
def _table_locked(scene: Scene) -> Iterator[Connection]:
    with scene.connect() as locker, locker.transaction():
        locker.execute("lock table whatsapp_message in share row exclusive mode")
        yield locker


def lock_timeout(scene: Scene) -> None:
    """Somebody holds the messages' table for longer than a first try waits (250 ms): it is tried
    again, and nobody is told."""
    waiting = (
        "select from pg_stat_activity where datname = current_database() and state = 'active' "
        f"and application_name <> '{OWN}' and wait_event_type = 'Lock' "
        "and clock_timestamp() - state_change > interval '350 ms'"
    )

    def break_it(scene: Scene, load: Load) -> None:
        with _table_locked(scene), scene.connect() as watcher:
            wait_until(lambda: bool(watcher.execute(waiting).fetchall()), "a first try gave way")

    with webhooks(scene.ledger, scene.database, scene.turns) as (load, _):
        _repeat(scene, load, break_it)
        assert load.refused == 0, f"{load.refused} were not retried by the service"


def statement_timeout(scene: Scene) -> None:
    """Somebody holds it for longer than a statement may take: 503, until it is free."""

    def break_it(scene: Scene, load: Load) -> None:
        with _table_locked(scene):
            load.wait_for_refused(3)

    _under_webhooks(scene, break_it, statement_seconds=0.6)


_CUT_ALL = f"""
select pg_terminate_backend(pid) from pg_stat_activity
where backend_type = 'client backend' and application_name <> '{OWN}'
"""


def too_many_connections(scene: Scene) -> None:
    """Others have every connection slot of the server, and those of the service are cut."""

    def break_it(scene: Scene, load: Load) -> None:
        with ExitStack() as stack:
            first = stack.enter_context(scene.connect())
            goal = load.refused + 3

            def is_felt() -> bool:
                first.execute(_CUT_ALL)
                with suppress(psycopg.OperationalError):
                    while True:
                        stack.enter_context(scene.connect())
                return load.refused >= goal

            wait_until(is_felt, "the service is refused")

    _under_webhooks(scene, break_it)


def disk_full(scene: Scene) -> None:
    """No byte is left on the disk of the data; then there is space again."""
    _fill(scene, "data")


def wal_disk_full(scene: Scene) -> None:
    """No byte is left on the disk of the WAL: PostgreSQL stops, and is started by the operator."""
    _fill(scene, "wal", _write_more_wal_than_fits)


def _write_more_wal_than_fits(scene: Scene) -> None:
    """Files of the WAL that are kept for reuse take what is written for minutes yet, on a full
    disk too. One record that is larger than the disk does not find room in them."""
    with suppress(psycopg.OperationalError), scene.connect() as connection:
        connection.execute(
            "select pg_logical_emit_message(false, 'ballast', repeat('x', 64 * 1024 * 1024))"
        )


def _fill(scene: Scene, disk: str, then: Callable[[Scene], None] = lambda _: None) -> None:
    scene.server.require_disks()

    def break_it(scene: Scene, load: Load) -> None:
        scene.server.fill_disk(disk)
        then(scene)
        load.wait_for_refused(3)
        scene.server.free_disks()
        scene.server.recover()

    _under_webhooks(scene, break_it)


def clock_moved(scene: Scene) -> None:
    """The server's clock jumps by a year and back, while people write for the first time.

    PostgreSQL's timeouts, that of a deadlock too, run on this clock: when it is set back, who waits
    goes on waiting for as much longer. Two seconds pass by themselves; after more the operator cuts
    the sessions, as docs/operations.md says.
    """
    scene.server.stop()
    scene.server.start_with_clock()

    def break_it(scene: Scene, load: Load) -> None:
        for offset in ("+34560002s", "+34560000s", "-34560000s", "+0"):
            scene.server.set_clock(offset)
            if offset.startswith("-"):
                with scene.connect() as operator:
                    operator.execute(_CUT_ALL)
            load.wait_for_acknowledged(_BEFORE)

    try:
        _under_webhooks(scene, break_it)
    finally:
        scene.server.stop()
        scene.server.start()
