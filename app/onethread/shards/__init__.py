"""A cluster of servers behind SPQR: its files, its rules, and a business that goes to another.

The router is not ours, and what it can do is asked of it: see docs/scale.md.
"""

from onethread.shards.cluster import Cluster, read_cluster
from onethread.shards.files import init_cluster
from onethread.shards.migrate import add_shard, migrate_cluster
from onethread.shards.move import Moved, move_business
from onethread.shards.status import ShardStatus, cluster_status

__all__ = [
    "Cluster",
    "Moved",
    "ShardStatus",
    "add_shard",
    "cluster_status",
    "init_cluster",
    "migrate_cluster",
    "move_business",
    "read_cluster",
]
