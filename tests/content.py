"""What a database holds, ids and times of arrival aside: two that were told the same are equal."""

from __future__ import annotations

from tests.conftest import Connection

# All times in the fixtures are before it; a time after it is one of arrival.
_ARRIVAL = "2026-06-01"


def _known(column: str) -> str:
    return f"case when {column} < '{_ARRIVAL}' then {column} end"


# A thread has no name of its own that lasts: here it is called by its messages.
_THREAD = """
  (select string_agg(distinct m.provider || ' ' || m.provider_message_id, ', ')
   from whatsapp_message m
   where m.conversation_id = {0}.conversation_id and m.duplicate_of is null)
"""
# Of two copies of one message that are worded differently (another spelling of the address,
# another engine's payload) either may have come first; what the thread shows is the same.
_COPIES = """
  select m.provider_message_id from whatsapp_message m
  where m.duplicate_of is not null or m.provider_message_id = any (%(reworded)s)
"""
_CONTENT = {
    "messages": f"""
      select
        {_THREAD.format("t")}, t.provider, t.provider_message_id, t.direction, t.participant,
        t.kind, t.body, t.reply_to, t.source, {_known("t.sent_at")},
        case when t.provider_message_id not in ({_COPIES}) then
          row(t.from_number, t.to_number, t.contact_aliases, t.media, t.payload)::text end
      from whatsapp_message t
      where t.duplicate_of is null
    """,
    "events": """
      select
        kind, provider, provider_message_id, address, target_direction, actor, is_from_business,
        body, provider_event_id, is_time_known, case when is_time_known then occurred_at end,
        payload
      from whatsapp_message_event
    """,
    "threads": f"""
      select
        t.kind, t.canonical_key, t.lead_id,
        (select {_THREAD.format("x")} from (select t.id as conversation_id) as x)
      from whatsapp_conversation t
    """,
    "identities": f"""
      select
        i.kind, i.scope, i.match_value, i.is_current, i.valid_until is null,
        {_known("nullif(i.valid_from, '1970-01-01 00:00+00')")},
        i.valid_from = '1970-01-01 00:00+00', c.canonical_key
      from whatsapp_identity i
      left join whatsapp_conversation c on c.id = i.conversation_id
    """,
    "evidence": f"""
      select coalesce(a_key, a), coalesce(b_key, b), relation, inert_reason, applied_at is null,
        {_known("observed_at")}
      from whatsapp_identity_evidence
    """,
    "rejects": (
        "select provider, payload, reason, is_unread, resolved_at is null "
        "from onethread.webhook_reject"
    ),
    "shown": f"""
      select {_THREAD.format("t")}, t.provider_message_id, t.body, t.original_body, t.status,
        (
          select jsonb_agg(r - 'at' || jsonb_build_object('at', {_known("r ->> 'at'")}))
          from jsonb_array_elements(t.reactions) as r
        ),
        t.revoked_at is null
      from whatsapp_thread t
    """,
}


def content(connection: Connection, reworded: list[str]) -> dict[str, list[str]]:
    """All rows of all tables, as text.

    Args:
        reworded: ids of messages that are delivered in several wordings.
    """
    return {
        name: sorted(
            str(row) for row in connection.execute(query, {"reworded": reworded}).fetchall()
        )
        for name, query in _CONTENT.items()
    }
