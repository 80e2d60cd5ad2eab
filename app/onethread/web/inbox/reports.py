"""What the page of reports shows: activity, response times, and who waits."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from onethread.web.inbox import present, queries
from onethread.web.inbox.charts import day_chart
from onethread.web.inbox.find import Values
from onethread.web.inbox.queries import Connection

_RANGES = (7, 30, 90)


def read_reports(connection: Connection, business_id: int, days: int) -> Values:
    """Totals and charts of so many days, and who waits for an answer now."""
    until = queries.today(connection, business_id)
    since = until - timedelta(days=days - 1)
    activity = queries.list_activity(connection, business_id, since)
    times = queries.list_response_times(connection, business_id, since)
    activity = [row for row in activity if row["day"] <= until]
    by_side: dict[tuple[Any, str], float] = defaultdict(float)
    by_source: dict[tuple[Any, str], float] = defaultdict(float)
    for row in activity:
        by_side[row["day"], "received"] += row["messages_in"]
        by_side[row["day"], "sent"] += row["messages_out"]
        by_source[row["day"], row["source"]] += row["messages_in"] + row["messages_out"]
    size, unit = present.unit_of(max((float(row["median_seconds"]) for row in times), default=0))
    medians = {(row["day"], row["source"]): float(row["median_seconds"]) / size for row in times}

    def whole(value: float) -> str:
        return f"{value:g}"

    def in_unit(value: float) -> str:
        return f"{value:.3g} {unit}"

    def names(values: dict[tuple[Any, str], float]) -> list[str]:
        return sorted({name for _, name in values})

    return {
        "page": "reports",
        "ranges": _RANGES,
        "range_days": days,
        "totals": {
            "messages_in": sum(row["messages_in"] for row in activity),
            "messages_out": sum(row["messages_out"] for row in activity),
            "answers": sum(row["answers"] for row in times),
        },
        "charts": [
            day_chart("Messages a day", by_side, ["received", "sent"], since, until, whole),
            day_chart("By source", by_source, names(by_source), since, until, whole),
            day_chart(
                "Median response time in open hours", medians, names(medians), since, until,
                in_unit, is_stacked=False,
            ),
        ],
        "unanswered": queries.list_unanswered(connection, business_id),
    }  # fmt: skip
