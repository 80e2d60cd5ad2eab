"""What the page of reports shows: activity, response times, and who waits."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from onethread.web.inbox import present, report_queries
from onethread.web.inbox.charts import day_chart, hour_chart
from onethread.web.inbox.find import Values
from onethread.web.inbox.language import gettext, number
from onethread.web.inbox.rows import Connection

_RANGES = (7, 30, 90)


def read_reports(connection: Connection, business_id: int, days: int) -> Values:
    """Totals and charts of so many days, and who waits for an answer now."""
    until = report_queries.today(connection, business_id)
    since = until - timedelta(days=days - 1)
    activity = report_queries.list_activity(connection, business_id, since)
    times = report_queries.list_response_times(connection, business_id, since)
    unanswered = report_queries.list_unanswered(connection, business_id)
    came = report_queries.count_received(connection, business_id, since, until)
    former = report_queries.count_received(
        connection, business_id, since - timedelta(days=days), since - timedelta(days=1)
    )
    hours = {
        row["hour"]: row["received"]
        for row in report_queries.list_hours(connection, business_id, since)
    }
    activity = [row for row in activity if row["day"] <= until]
    received, sent = gettext("received"), gettext("sent")
    by_side: dict[tuple[Any, str], float] = defaultdict(float)
    by_source: dict[tuple[Any, str], float] = defaultdict(float)
    for row in activity:
        by_side[row["day"], received] += row["messages_in"]
        by_side[row["day"], sent] += row["messages_out"]
        by_source[row["day"], present.badge(row["source"])] += (
            row["messages_in"] + row["messages_out"]
        )
    overall = {row["who"]: row for row in times if row["day"] is None}
    people_days = [row for row in times if row["day"] is not None and row["who"] == "people"]
    people = gettext("people")
    unit = present.unit_of(max((float(row["median_seconds"]) for row in people_days), default=0))
    size = present.SECONDS[unit]
    medians = {(row["day"], people): float(row["median_seconds"]) / size for row in people_days}

    def whole(value: float) -> str:
        return number(value, 1)

    def in_unit(value: float) -> str:
        return present.in_unit(value, unit)

    def names(values: dict[tuple[Any, str], float]) -> list[str]:
        return sorted({name for _, name in values})

    return {
        "page": "reports",
        "ranges": _RANGES,
        "range_days": days,
        "totals": {
            "messages_in": sum(row["messages_in"] for row in activity),
            "messages_out": sum(row["messages_out"] for row in activity),
            "conversations": came["conversations"],
            "new": came["new"],
            "failed": report_queries.count_failed(connection, business_id, since),
        },
        "former": former,
        "answers": overall,
        "waiting": unanswered[0] if unanswered else {"people": 0, "today": 0},
        "charts": [
            day_chart(gettext("Messages a day"), by_side, [received, sent], since, until, whole),
            day_chart(gettext("By source"), by_source, names(by_source), since, until, whole),
            hour_chart(gettext("Received by hour of the day"), hours, received, whole),
            day_chart(
                gettext("Median answer of people, in open hours"), medians, names(medians), since,
                until, in_unit, is_stacked=False,
            ),
        ],
        "unanswered": unanswered,
    }  # fmt: skip
