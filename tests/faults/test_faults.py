"""Each fault a few times under load: nothing acknowledged is lost, doubled or split.

`make soak` does the same for longer.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.faults import FAULTS, LONG_ONLY
from tests.faults.scene import run
from tests.faults.server import FragileServer

ROUNDS = 2


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in LONG_ONLY])
def test_what_is_acknowledged_is_there_once_when_it_breaks(
    fragile: FragileServer, name: str, record_property: Callable[[str, object], None]
) -> None:
    rounds = iter(range(ROUNDS))
    outcome = run(FAULTS[name], fragile, lambda: next(rounds, None) is not None)
    record_property("ledger", [1, *vars(outcome).values()])
    print(f"{name}: {outcome}")
    assert outcome.acknowledged > 0
    assert outcome.is_clean, f"{name}: {outcome}"
