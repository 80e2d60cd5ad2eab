"""The configuration of the router's programs, as they read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onethread.errors import OnethreadError
from onethread.shards.cluster import Address, Cluster, write_private

_SECOND = 1_000_000_000  # the unit of the router's times


def init_cluster(cluster: Cluster, folder: Path) -> list[str]:
    """Writes the files of a new cluster; returns how its programs are started.

    Raises:
        OnethreadError: the folder has one already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OnethreadError(f"{folder} is not empty", "`onethread shards add` adds a shard to it.")
    return write_files(cluster, folder)


def write_files(cluster: Cluster, folder: Path) -> list[str]:
    """Writes all files anew; returns the commands that start what reads them."""
    cluster.write(folder)
    write_private(folder / "shards.json", {"shards": _shards(cluster)})
    write_private(folder / "coordinator.json", _coordinator(cluster, folder))
    commands = [f"spqr-coordinator --config {folder / 'coordinator.json'}"]
    for number, router in enumerate(cluster.routers, 1):
        path = folder / f"router_{number}.json"
        write_private(path, _router(cluster, Address.read(router)))
        commands.append(
            f"spqr-router run --config {path} --coordinator-config {folder / 'coordinator.json'}"
        )
    return commands


def _shards(cluster: Cluster) -> dict[str, Any]:
    shards = {}
    for name in cluster.shards:
        login = cluster.login(name)
        shards[name] = {
            "hosts": [f"{login['host']}:{login['port']}"],
            "db": login["dbname"],
            "usr": login["user"],
            "pwd": login["password"],
            "type": "DATA",
        }
    return shards


def _coordinator(cluster: Cluster, folder: Path) -> dict[str, Any]:
    where = Address.read(cluster.coordinator)
    return {
        "log_level": "warning",
        "host": where.host,
        "coordinator_port": str(where.port),
        "grpc_api_port": str(where.port + 1),
        "qdb_addr": cluster.etcd,
        "shard_data": str((folder / "shards.json").resolve()),
        # The link travels with the row: nothing is to be linked again, nor refused.
        "data_move_disable_triggers": True,
        "frontend_rules": [{"pool_default": True, "auth_rule": _client_auth(cluster)}],
    }


def _router(cluster: Cluster, where: Address) -> dict[str, Any]:
    login = cluster.login(next(iter(cluster.shards)))
    own = {"db": login["dbname"], "usr": login["user"]}
    return {
        "log_level": "warning",
        "host": where.host,
        "router_port": str(where.port),
        "admin_console_port": str(where.port + 1000),
        "grpc_api_port": str(where.port + 2000),
        "router_mode": "PROXY",
        "use_coordinator_init": True,
        "manage_shards_by_coordinator": True,
        # What has no business goes nowhere, and not everywhere.
        "query_routing": {"default_route_behaviour": "BLOCK"},
        "frontend_rules": [
            {
                **own,
                "pool_mode": "TRANSACTION",
                "pool_prepared_statement": True,
                "auth_rule": _client_auth(cluster),
            }
        ],
        "backend_rules": [
            {
                **own,
                "connection_limit": 50,
                # A server that is down is said to be soon.
                "connection_retries": 1,
                "connection_timeout": _SECOND,
                "auth_rule": {"usr": login["user"], "password": login["password"]},
            }
        ],
        "shards": _shards(cluster),
    }


def _client_auth(cluster: Cluster) -> dict[str, str]:
    password = cluster.login(next(iter(cluster.shards)))["password"]
    if not password:
        return {"auth_method": "ok"}
    return {"auth_method": "scram", "password": password}
