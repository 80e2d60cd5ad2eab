"""Stacked bars by day, as numbers for an inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 220, 48, 24, 8


def day_chart(
    title: str,
    values: Mapping[tuple[date, str], float],
    names: list[str],
    since: date,
    until: date,
    text: Callable[[float], str],
    *,
    is_stacked: bool = True,
) -> dict[str, Any]:
    """The chart of values by (day, name); a bar a day, of one part for each name.

    Args:
        is_stacked: parts on top of each other; else side by side (medians do not add up).
    """
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    columns = {day: [values.get((day, name), 0.0) for name in names] for day in days}
    heights = [sum(parts) if is_stacked else max(parts, default=0) for parts in columns.values()]
    top = _round_up(max(heights, default=0))
    plot = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT) / len(days)
    bars = []
    for number, (day, parts) in enumerate(columns.items()):
        base = 0.0
        width = step * 0.76 if is_stacked else step * 0.76 / max(len(names), 1)
        for series, value in enumerate(parts):
            if value:
                left = _LEFT + number * step + step * 0.12 + (0 if is_stacked else series * width)
                bars.append(
                    {
                        "series": series,
                        "x": round(left, 1),
                        "y": round(_TOP + plot * (1 - (base + value) / top), 1),
                        "width": round(max(width, 1), 1),
                        "height": round(max(plot * value / top, 1), 1),
                        "title": f"{day.day} {day:%b}, {names[series]}: {text(value)}",
                    }
                )
            base += value if is_stacked else 0
    every = max(1, round(len(days) / 8))
    return {
        "title": title,
        "names": names,
        "is_empty": not bars,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "bars": bars,
        "lines": [
            {"y": round(_TOP + plot * (1 - part), 1), "text": text(top * part)}
            for part in (0, 0.5, 1)
        ],
        "labels": [
            {"x": round(_LEFT + number * step, 1), "text": f"{day.day} {day:%b}"}
            for number, day in enumerate(days)
            if number % every == 0
        ],
        "table": [
            {"day": f"{day:%Y-%m-%d}", "cells": [text(part) if part else "" for part in parts]}
            for day, parts in columns.items()
            if any(parts)
        ],
    }


def _round_up(value: float) -> float:
    """The next of 2, 3, 4, 6, 8, 10, 20, 30, ..."""
    size = 1.0
    while True:
        for factor in (2, 3, 4, 6, 8, 10):
            if factor * size >= value:
                return factor * size
        size *= 10
