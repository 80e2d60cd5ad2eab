"""What a session costs the server, whoever else is busy on the machine."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import Connection


def backend_seconds(connection: Connection) -> float:
    """Processor time that the session's server process has used so far."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    # Behind the name, which may hold blanks: field 3 is the state, 14 and 15 are the ticks.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
