"""What the API takes and gives. Ids are strings: JavaScript's numbers are too short for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
"""As it is asked for."""

_Text = Annotated[str, BeforeValidator(str)]
"""An id as it is given."""


class _Model(BaseModel):
    """What stands below a field is its description."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class MessageSummary(_Model):
    """The newest message of a conversation, or the one that a search found."""

    id: _Text
    direction: str | None
    source: str | None
    kind: str | None
    body: str | None
    sent_at: datetime | None


class Conversation(_Model):
    """A line of the list."""

    id: _Text
    kind: str
    """person, group, broadcast, newsletter or other."""
    name: str
    """The lead's name, else the name the person shows, else the strongest identifier."""
    identifiers: list[str]
    """All that lead here, the strongest first."""
    lead_id: _Text | None
    unread: int
    """Inbound messages that nobody has marked as read, counted up to 100."""
    is_waiting: bool
    """The person wrote last, and has no answer."""
    last_message: MessageSummary | None


class ConversationDetail(_Model):
    """A conversation, and how it is answered."""

    id: _Text
    kind: str
    name: str
    identifiers: list[str]
    lead_id: _Text | None
    unread: int
    unanswered: int
    """Inbound messages since the last answer; what an automation sends is none."""
    first_message_at: datetime | None
    last_message_at: datetime | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    reply_address: str | None
    """Where an answer goes; null: nowhere."""
    own_number: str | None
    """The business's number that it is sent from."""
    no_address: str | None
    """Why there is no reply_address."""
    service_window_until: datetime | None
    """Until then WhatsApp's Cloud API takes free text."""


class Message(_Model):
    """A message as it is now, its events counted in."""

    id: _Text
    conversation_id: _Text | None
    """Null: it is in no thread."""
    direction: str | None
    """inbound or outbound."""
    source: str | None
    """Who wrote it: agent, bot, automation, ..."""
    kind: str | None
    body: str | None
    """Its text; null when it has none, or it was deleted by its author."""
    media: Any
    """What is known of its file."""
    sender_name: str | None
    participant: str | None
    """Of a group: who wrote."""
    from_number: str | None
    to_number: str | None
    provider: str | None
    provider_message_id: str | None
    reply_to: str | None
    """provider_message_id of the message that it answers."""
    sent_at: datetime | None
    original_body: str | None
    """Its text before it was edited."""
    edited_at: datetime | None
    revoked_at: datetime | None
    """When its author deleted it."""
    deleted_at: datetime | None
    """When somebody else did; the text is kept."""
    deleted_by: str | None
    status: str | None
    status_at: datetime | None
    reactions: list[Any] | None
    send_after: datetime | None
    """Of a queued answer: it is not sent before."""
    delivery_note: str | None
    """Why it was not delivered."""


class Step(_Model):
    """A step of the explanation."""

    step: str
    detail: str | None
    source: str | None
    at: datetime | None


class MessageDetail(Message):
    """A message, and why it is in its conversation."""

    explanation: list[Step]


class ConversationPage(_Model):
    """A page of the list."""

    conversations: list[Conversation]
    next: str | None
    """`before` of the next page; null on the last one."""


class Thread(_Model):
    """A page of one person's messages."""

    conversation_id: _Text | None
    """Null: there are only old messages that are in no thread."""
    messages: list[Message]
    """Newest first."""
    next: str | None
    """`before` of the next page; null on the last one."""


class Written(_Model):
    """What became of a message."""

    id: _Text | None
    """Null: it is stored already."""
    conversation_id: _Text | None
    """Null: its address identifies nobody, or it is stored already."""
    is_duplicate: bool


class Answer(_Model):
    """An answer to be sent."""

    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "agent"
    """Who answers: agent, bot, automation, ..."""
    send_after: Annotated[datetime | None, Field(description="Not before; with a zone")] = None


class Queued(_Model):
    """What became of an answer."""

    id: _Text | None
    """Of its message; null: that is not kept any more."""
    is_duplicate: bool
    """The key had been used for this answer before: nothing was queued."""


class ReadMark(_Model):
    """Up to where a conversation has been read."""

    message_id: Id


class Unread(_Model):
    """What is left to read."""

    unread: int
    """Counted up to 100."""


class Suggestion(_Model):
    """Two conversations that may be one person's."""

    id: _Text
    kind: Literal["suggestion", "conflict"]
    """A suggestion can be accepted; a conflict is attested evidence that the rule does not
    follow."""
    reason: str
    first_conversation_id: _Text | None
    second_conversation_id: _Text | None
    a: str
    """The two addresses that the evidence is about."""
    b: str
    relation: str
    source: str | None
    """Who says so."""
    observed_at: datetime | None


class Suggestions(_Model):
    """The open questions, the oldest first."""

    suggestions: list[Suggestion]


class Preview(_Model):
    """What a merge would do."""

    refusal: str | None
    """Why it cannot be done; null: it can."""
    messages: int | None
    """That would move."""
    identities: list[str] | None
    duplicates: int | None
    """Among the messages: they would be shown once."""
    lead_id: _Text | None


class MergeOrder(_Model):
    """Two conversations to be joined."""

    survivor_id: Id
    """The one that stays."""
    absorbed_id: Id
    """The one whose messages go into the other."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Kept with the merge: who says so."""


class Said(_Model):
    """Who decides."""

    said_by: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Merge(_Model):
    """A merge, and what undoing it would part."""

    id: _Text
    survivor_id: _Text | None
    absorbed_id: _Text
    reason: str | None
    merged_at: datetime
    undone_at: datetime | None
    identifiers: list[str]
    """That belonged to the absorbed conversation."""
    messages: int
    """Under them, also those that came since."""
