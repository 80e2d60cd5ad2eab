"""Random numbers that are the same in every run."""

from __future__ import annotations

import random


def seeded(seed: object) -> random.Random:
    return random.Random(f"onethread {seed}")
