"""What an address of the inbox names, or the answer that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from onethread.web.inbox import queries, question_queries
from onethread.web.inbox.rows import Connection
from onethread.web.problem import Problem

Values = dict[str, Any]


def find_business(connection: Connection, business_id: int) -> Values:
    """The business. Raises Problem 404 when there is none."""
    business = queries.find_business(connection, business_id)
    if business is None:
        raise Problem(404, f"There is no business {business_id}")
    return business


def find_conversation(connection: Connection, business_id: int, conversation_id: int) -> Values:
    """The conversation, or the one that it was merged into. Raises Problem 404."""
    found = (
        queries.find_conversation(connection, business_id, conversation_id)
        if conversation_id < 2**63
        else None
    )
    if found is None:
        raise Problem(404, f"There is no conversation {conversation_id} here")
    return found


def has_window(conversation: Values) -> bool:
    """Whether an answer goes through the Cloud API, which takes free text for 24 hours only."""
    return bool(conversation["provider"] == "meta_cloud")


def find_merge(connection: Connection, business_id: int, merge_id: int) -> Values:
    """A merge of the business. Raises Problem 404."""
    is_id = merge_id < 2**63
    merge = question_queries.find_merge(connection, business_id, merge_id) if is_id else None
    if merge is None:
        raise Problem(404, f"There is no merge {merge_id} here")
    return merge


@contextmanager
def refusals() -> Iterator[None]:
    """What the database refuses to do, as the answer that says so."""
    try:
        yield
    except psycopg.errors.NoDataFound as error:
        raise refusal(404, error) from error
    except psycopg.errors.InvalidParameterValue as error:
        raise refusal(422, error) from error
    except (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.ObjectNotInPrerequisiteState,
    ) as error:
        raise refusal(409, error) from error


def refusal(status: int, error: psycopg.Error) -> Problem:
    """The answer that says why the database refuses."""
    return Problem(status, error.diag.message_primary or "refused", error.diag.message_hint or "")
