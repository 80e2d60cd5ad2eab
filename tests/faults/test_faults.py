"""Each fault a few times under load: nothing acknowledged is lost, doubled or split.

`make soak` does the same for longer.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.faults import FAULTS, Fault
from tests.faults.scene import run
from tests.faults.server import FragileServer


@pytest.mark.parametrize("fault", [pytest.param(f, id=f.name) for f in FAULTS if f.rounds])
def test_what_is_acknowledged_is_there_once_when_it_breaks(
    fragile: FragileServer, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    rounds = iter(range(fault.rounds))
    outcome = run(fault.run, fragile, lambda: next(rounds, None) is not None)
    record_property("ledger", vars(outcome))
    assert outcome.acknowledged > 0
    assert outcome.is_clean, outcome
