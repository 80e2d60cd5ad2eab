"""The open questions about who is whom, what was answered lately, and why a message is where it is.

Here is what is asked and of whom; the sentences are the templates'.
"""

from __future__ import annotations

from typing import Any

from onethread.database.steps import Rows
from onethread.people import identity
from onethread.web.inbox import question_queries
from onethread.web.inbox.find import Values, find_conversation, find_merge
from onethread.web.inbox.rows import Connection

_PAGE_SIZE = 25
_LAST_MESSAGES = 2

# The beginning of a conflict's reason, and what is asked.
_SHAPES = {
    "the phone had a thread before": "passed on",
    "both have an account": "passed on",
    "the new phone had a thread before": "new number",
    "lead ": "leads",
    "an address book names": "address book",
    "somebody said that they are two": "answered",
    "more than": "shared",
}


def read_questions(connection: Connection, business_id: int) -> Values:
    """The open questions, each with its two sides, and the latest answers."""
    questions = question_queries.list_questions(connection, business_id, _PAGE_SIZE + 1)
    answers = question_queries.list_answers(connection, business_id)
    suggested = sorted({each["source"] for each in questions if each["kind"] == "suggestion"})
    add_sides(connection, business_id, questions)
    add_sides(connection, business_id, answers)
    for question in questions:
        question["shape"] = _shape(question)
        question["phone"] = next(
            (
                key.split(":", 2)[2]
                for key in (question["b_key"], question["a_key"])
                if key and key.startswith("phone:")
            ),
            None,
        )
    return {
        "page": "conflicts",
        "questions": questions[:_PAGE_SIZE],
        "has_more": len(questions) > _PAGE_SIZE,
        "answers": answers,
        "sources": [
            {"source": source, "count": len(ids)}
            for source in suggested
            if len(ids := identity.acceptable(connection, business_id, source)) > 1
        ],
    }


def _shape(question: dict[str, Any]) -> str:
    if question["kind"] == "suggestion":
        return "suggestion"
    reason = question["reason"]
    return next((shape for start, shape in _SHAPES.items() if reason.startswith(start)), "other")


def add_sides(connection: Connection, business_id: int, questions: Rows) -> None:
    """Puts who is asked about into first and second; None: nobody any more, or nobody else."""
    ids = {row[f"{side}_id"] for row in questions for side in ("first", "second")} - {None}
    sides = {
        each["conversation_id"]: each | {"messages": []}
        for each in question_queries.list_sides(connection, business_id, sorted(ids))
    }
    for message in question_queries.list_last_messages(
        connection, business_id, sorted(sides), _LAST_MESSAGES
    ):
        sides[message["conversation_id"]]["messages"].insert(0, message)
    for row in questions:
        row["first"], row["second"] = sides.get(row["first_id"]), sides.get(row["second_id"])


def read_merge(
    connection: Connection, business_id: int, conversation_id: int, other_id: int
) -> Values:
    """What joining two conversations would do; the sides, this one first."""
    conversation_id, other_id = (
        find_conversation(connection, business_id, each)["conversation_id"]
        for each in (conversation_id, other_id)
    )
    pair = {"first_id": conversation_id, "second_id": other_id}
    add_sides(connection, business_id, [pair])
    preview = identity.preview_merge(connection, business_id, conversation_id, other_id)
    lead = preview["lead_id"] and question_queries.find_lead(
        connection, business_id, preview["lead_id"]
    )
    return {
        "pair": pair,
        "preview": preview,
        "lead": lead,
        "is_joined": conversation_id == other_id,
    }


def read_undo(connection: Connection, business_id: int, merge_id: int) -> Values:
    """What undoing a merge would do."""
    merge = find_merge(connection, business_id, merge_id)
    pair = {"first_id": merge["survivor_id"], "second_id": None}
    add_sides(connection, business_id, [pair])
    return {"page": "", "merge": merge, "side": pair["first"]}


def read_explanation(connection: Connection, business_id: int, message_id: int) -> Values:
    """Why a message is in its conversation: the message, whose it is, and all steps."""
    message_id = min(message_id, 2**63 - 1)
    steps = identity.explain(connection, business_id, message_id)
    message = question_queries.find_message(connection, business_id, message_id)
    pair = {"first_id": message["conversation_id"], "second_id": None}
    add_sides(connection, business_id, [pair])
    merges = [
        step for step in steps if step["step"] == "merge" and not step["detail"].endswith(")")
    ]
    attested = [
        step
        for step in steps
        if step["step"] == "evidence"
        and message["key"]
        and message["key"] in step["detail"]
        and " merged " not in step["detail"]
    ]
    return {
        "page": "",
        "message": message,
        "side": pair["first"],
        "merge": merges[-1] if merges else None,
        "evidence": attested[-1] if attested else None,
        "steps": steps,
    }
