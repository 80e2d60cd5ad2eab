"""The command shards: a cluster of servers behind a sharding router."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.errors import OnethreadError

_FOLDER = Path("cluster")


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "shards",
        "set up servers behind a router, and move a business",
        more="docs/scale.md says when, and what else belongs to it.",
        has_database=False,
    )
    actions = command.add_subparsers(required=True, metavar="ACTION")

    action = _add(actions, "init", "write the configuration of a new cluster")
    action.add_argument(
        "--shard", action="append", required=True, metavar="NAME=URL",
        help="a server; may be given again; the first may have businesses",
    )  # fmt: skip
    action.add_argument("--router", action="append", metavar="HOST:PORT", help="may be given again")
    action.add_argument("--coordinator", default="127.0.0.1:7002", metavar="HOST:PORT")
    action.add_argument("--etcd", default="127.0.0.1:2379", metavar="HOST:PORT")
    action.set_defaults(run=_init)

    action = _add(actions, "migrate", "bring all servers to this version")
    action.add_argument("--default-region", metavar="REGION", help="as `onethread migrate`")
    action.set_defaults(run=_migrate)

    action = _add(actions, "status", "say how each server is")
    action.add_argument("--quick", action="store_true", help="without thread_integrity")
    shared.add_json(action)
    action.set_defaults(run=_status)

    action = _add(actions, "add", "take one more server in")
    action.add_argument("shard", metavar="NAME=URL")
    action.set_defaults(run=_add_shard)

    action = _add(actions, "move", "move a business to another server")
    shared.add_required_business(action)
    action.add_argument("--to", required=True, metavar="SHARD")
    action.set_defaults(run=_move)


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    action.add_argument(
        "--folder", type=Path, default=_FOLDER, metavar="DIR",
        help="where the cluster's files are (default: %(default)s)",
    )  # fmt: skip
    return action


def _init(options: argparse.Namespace) -> int:
    from onethread.shards import Cluster, init_cluster

    shards = dict(map(_read_shard, options.shard))
    if len(shards) < len(options.shard):
        raise OnethreadError("two shards have one name")
    routers = tuple(options.router or ["127.0.0.1:6432"])
    cluster = Cluster(shards, routers, options.coordinator, options.etcd)
    commands = init_cluster(cluster, options.folder)
    print(f"Written to {options.folder}. With etcd running at {options.etcd}, start:")
    for line in commands:
        print(f"  {line}")
    print("Then `onethread shards migrate`.")
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from onethread.shards import migrate_cluster, read_cluster

    cluster = read_cluster(options.folder)
    migrate_cluster(cluster, options.default_region, _say)
    print(f'The programs need ONETHREAD_SHARDS="{" ".join(cluster.shards)}" beside DATABASE_URL.')
    return 0


def _status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.rows import print_rows
    from onethread.shards import cluster_status, read_cluster

    found = cluster_status(read_cluster(options.folder), is_quick=options.quick)
    rows = [vars(each) for each in found]
    if options.json:
        print(json_rows(rows))
    else:
        print_rows(Console(), rows)
    return 0 if all(each.state == "ok" for each in found) else 1


def _add_shard(options: argparse.Namespace) -> int:
    from onethread.shards import add_shard, read_cluster

    name, url = _read_shard(options.shard)
    add_shard(read_cluster(options.folder), options.folder, name, url)
    print(
        f"{name} is in {options.folder}. Start the coordinator again, while the routers run; then "
        "`onethread shards migrate`."
    )
    return 0


def _move(options: argparse.Namespace) -> int:
    from onethread.shards import move_business, read_cluster

    moved = move_business(read_cluster(options.folder), options.business, options.to)
    if moved.source == moved.target:
        print(f"Business {moved.business_id} is on {moved.target}.")
        return 0
    for table, count in moved.rows.items():
        print(f"{count:>12,}  {table}")
    print(
        f"Business {moved.business_id} moved from {moved.source} to {moved.target} in "
        f"{moved.seconds:.1f} s: the copy was equal before the original was deleted."
    )
    return 0


def _read_shard(text: str) -> tuple[str, str]:
    name, is_there, url = text.partition("=")
    if not is_there:
        raise OnethreadError(f"{text!r} is no NAME=URL", "one=postgresql://user@host/database")
    return name, url


def _say(line: str) -> None:
    if not line.startswith("comment on "):
        print(line, file=sys.stderr)
