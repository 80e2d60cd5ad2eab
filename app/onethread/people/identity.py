"""Who is whom: why a message is where it is, open questions, joins by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

from onethread.database.steps import Parts, Rows, Steps, call, call_in_parts
from onethread.errors import OnethreadError, UnknownMerge, UnknownSuggestion


@call
def explain(business_id: int, message_id: int) -> Steps[Rows]:
    """Why is this message in its conversation? Rows of {step, detail, source, at}."""
    rows = yield (
        "select * from onethread.explain_message(%s, %s)",
        [business_id, message_id],
    )
    return rows


@call
def list_suggestions(business_id: int) -> Steps[Rows]:
    """The questions that are open, with the evidence that raised them, oldest first."""
    rows = yield (
        """
        select
          k.id, k.kind, k.reason,
          onethread.find_conversation_by_id(k.business_id, k.first_conversation_id)
            as first_conversation_id,
          onethread.find_conversation_by_id(k.business_id, k.second_conversation_id)
            as second_conversation_id,
          e.a, e.relation, e.b, e.source, e.observed_at
        from onethread.whatsapp_identity_conflict k
        inner join public.whatsapp_identity_evidence e
          on e.business_id = k.business_id and e.id = k.evidence_id
        where k.business_id = %s
          and k.settled_at is null
        order by k.id
        """,
        [business_id],
    )
    return rows


@call
def acceptable(business_id: int, source: str) -> Steps[list[int]]:
    """The suggestions of a source that are open, oldest first, but those one side of which stands
    in another open one: of several answers to who somebody is, a human must choose."""
    questions = yield from list_suggestions.steps(business_id)
    asked = [
        (frozenset((row["first_conversation_id"], row["second_conversation_id"])), row)
        for row in questions
        if row["kind"] == "suggestion"
    ]
    sides = {sides for sides, _ in asked}
    return [
        row["id"]
        for its_sides, row in asked
        if row["source"] == source
        and not any(other & its_sides for other in sides if other != its_sides)
    ]


@call
def find_suggestion(business_id: int, suggestion_id: int) -> Steps[Rows]:
    """An open suggestion: {ids, source}, the thread that stays first; empty when there is none."""
    rows = yield (
        """
        select s.ids, e.source
        from onethread.whatsapp_identity_conflict k
        inner join public.whatsapp_identity_evidence e
          on e.business_id = k.business_id and e.id = k.evidence_id
        cross join lateral (
          select array_agg(c.id order by c.lead_id is null, c.created_at, c.id) as ids
          from public.whatsapp_conversation c
          where c.business_id = k.business_id
            and c.id in (
              onethread.find_conversation_by_id(k.business_id, k.first_conversation_id),
              onethread.find_conversation_by_id(k.business_id, k.second_conversation_id))
        ) as s
        where k.business_id = %s
          and k.id = %s
          and k.kind = 'suggestion'
          and k.settled_at is null
          and cardinality(s.ids) = 2
        """,
        [business_id, suggestion_id],
    )
    return rows


@call
def accept_suggestion(business_id: int, suggestion_id: int, said_by: str) -> Steps[int]:
    """Joins the two threads of a suggestion; returns the id of the merge, for undo_merge().

    Raises:
        UnknownSuggestion: there is no such open one.
    """
    rows = yield from find_suggestion.steps(business_id, suggestion_id)
    if not rows:
        raise _no_suggestion(business_id, suggestion_id)
    [row] = rows
    reason = f"suggestion {suggestion_id} accepted ({said_by}): {row['source']}"
    return (yield from merge.steps(business_id, row["ids"][0], row["ids"][1], reason))


@call
def refuse_suggestion(business_id: int, suggestion_id: int, said_by: str) -> Steps[None]:
    """The two threads of a suggestion are two people; see declare_different().

    Raises:
        UnknownSuggestion: there is no such open one.
    """
    rows = yield from find_suggestion.steps(business_id, suggestion_id)
    if not rows:
        raise _no_suggestion(business_id, suggestion_id)
    source = f"suggestion {suggestion_id} refused ({said_by})"
    first_id, second_id = rows[0]["ids"]
    yield from declare_different.steps(business_id, first_id, second_id, source)


@call
def pending(business_id: int) -> Steps[Rows]:
    """Evidence that waits to be applied, oldest first."""
    rows = yield (
        """
        select e.id, e.a, e.relation, e.b, e.source, e.observed_at
        from public.whatsapp_identity_evidence e
        where e.business_id = %s
          and e.applied_at is null
        order by e.id
        """,
        [business_id],
    )
    return rows


@call_in_parts
def apply_pending(business_id: int) -> Parts[int]:
    """Applies what is pending, each statement in a transaction of its own; returns what is left."""

    def apply(evidence_id: int) -> Steps[None]:
        yield "select onethread.apply_pending_evidence(%s, %s)", [business_id, evidence_id]

    for evidence in (yield partial(pending.steps, business_id)):
        yield partial(apply, evidence["id"])
    return len((yield partial(pending.steps, business_id)))


@call
def preview_merge(business_id: int, survivor_id: int, absorbed_id: int) -> Steps[dict[str, Any]]:
    """What merge() would do: {refusal, messages, identities, duplicates, lead_id}."""
    [row] = yield (
        "select * from onethread.preview_merge(%s, %s, %s)",
        [business_id, survivor_id, absorbed_id],
    )
    return row


@call
def merge(
    business_id: int,
    survivor_id: int,
    absorbed_id: int,
    reason: str,
) -> Steps[int]:
    """Joins two conversations; returns the id of the merge, for undo_merge()."""
    [row] = yield (
        "select onethread.merge_conversations(%s, %s, %s, %s) as id",
        [business_id, survivor_id, absorbed_id, reason],
    )
    return int(row["id"])


@call
def undo_merge(business_id: int, merge_id: int) -> Steps[None]:
    """Takes a merge back."""
    yield "select onethread.undo_merge(%s, %s)", [business_id, merge_id]


@call
def read_merge(business_id: int, merge_id: int) -> Steps[dict[str, Any]]:
    """What a merge, or its undo, has moved.

    {merge_id, survivor_id, absorbed_id, reason, merged_at, undone_at, identifiers, messages,
    tables}. Tables are the entries of whatsapp_conversation_merge.repointed: {table, constraint,
    is_moved, keys}, after an undo {..., moved, returned}.

    Raises:
        UnknownMerge: there is no such merge.
    """
    rows = yield (
        """
        select
          g.id as merge_id,
          onethread.find_conversation_by_id(g.business_id, g.survivor_id) as survivor_id,
          g.absorbed_id, g.reason, g.merged_at, g.undone_at,
          array(
            select i.value
            from public.whatsapp_identity i
            where i.business_id = g.business_id and i.id = any (g.identity_ids)
            order by i.id
          ) as identifiers,
          (
            select count(*)
            from public.whatsapp_message m
            where m.business_id = g.business_id and m.identity_id = any (g.identity_ids)
          ) + cardinality(g.message_ids) as messages,
          g.repointed as tables
        from onethread.whatsapp_conversation_merge g
        where g.business_id = %s and g.id = %s
        """,
        [business_id, merge_id],
    )
    if not rows:
        raise UnknownMerge(f"there is no merge {merge_id} in business {business_id}")
    return rows[0]


@call
def withdraw_different(business_id: int, first_id: int, second_id: int) -> Steps[None]:
    """A human takes back that two conversations are two people."""
    yield (
        "select onethread.withdraw_different(%s, %s, %s)",
        [business_id, first_id, second_id],
    )


@call
def declare_different(
    business_id: int,
    first_id: int,
    second_id: int,
    source: str,
) -> Steps[None]:
    """A human says that two conversations are two people."""
    yield (
        "select onethread.declare_different(%s, %s, %s, %s)",
        [business_id, first_id, second_id, source],
    )


@call
def count_messages(business_id: int, conversation_id: int | None) -> Steps[int]:
    """How many messages a conversation has."""
    [row] = yield (
        "select count(*) as messages from public.whatsapp_message m "
        "where m.business_id = %s and m.conversation_id = %s",
        [business_id, conversation_id],
    )
    return int(row["messages"])


@call
def split(business_id: int, address: str, since: str | None) -> Steps[int | None]:
    """Parts an address from its person; returns the conversation that it leads to now.

    Raises:
        OnethreadError: the address names nobody.
    """
    rows = yield (
        """
        select onethread.split_identifier(
          %(business)s, w.kind, w.value, %(since)s::timestamptz) as id
        from onethread.read_business_address(%(business)s, null, %(address)s) as w
        where w.kind is not null
        """,
        {"business": business_id, "address": address, "since": since},
    )
    if not rows:
        raise OnethreadError(f"{address!r} identifies nobody", "Any spelling of a phone or a LID.")
    return None if rows[0]["id"] is None else int(rows[0]["id"])


def _no_suggestion(business_id: int, suggestion_id: int) -> UnknownSuggestion:
    return UnknownSuggestion(
        f"there is no open suggestion {suggestion_id} in business {business_id}",
        "`onethread conflicts` lists them; a conflict is answered with `onethread merge` or "
        "`onethread different`.",
    )
