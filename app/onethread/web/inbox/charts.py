"""Stacked bars by day or hour, as numbers for an inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from onethread.web.inbox.language import day_text

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
    slots = [(day, day_text(day, "MMMd"), f"{day:%Y-%m-%d}") for day in days]
    return _bar_chart(title, values, names, slots, text, is_stacked)


def hour_chart(
    title: str, values: Mapping[int, float], name: str, text: Callable[[float], str]
) -> dict[str, Any]:
    """The chart of values by hour of the day."""
    slots = [(hour, f"{hour:02}:00", f"{hour:02}:00-{hour + 1:02}:00") for hour in range(24)]
    series = {(hour, name): value for hour, value in values.items()}
    return _bar_chart(title, series, [name], slots, text, is_stacked=True)


def _bar_chart(
    title: str,
    values: Mapping[tuple[Any, str], float],
    names: list[str],
    slots: list[tuple[Any, str, str]],
    text: Callable[[float], str],
    is_stacked: bool,
) -> dict[str, Any]:
    """Slots are the columns: what values have, the name below the bars, the name in the table."""
    columns = [[values.get((slot, name), 0.0) for name in names] for slot, _, _ in slots]
    heights = [sum(parts) if is_stacked else max(parts, default=0) for parts in columns]
    top = _round_up(max(heights, default=0))
    plot = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT) / len(slots)
    bars = []
    for number, ((_, label, _), parts) in enumerate(zip(slots, columns, strict=True)):
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
                        "title": f"{label}, {names[series]}: {text(value)}",
                    }
                )
            base += value if is_stacked else 0
    every = max(1, round(len(slots) / 8))
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
            {"x": round(_LEFT + number * step, 1), "text": label}
            for number, (_, label, _) in enumerate(slots)
            if number % every == 0
        ],
        "table": [
            {"slot": full, "cells": [text(part) if part else "" for part in parts]}
            for (_, _, full), parts in zip(slots, columns, strict=True)
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
