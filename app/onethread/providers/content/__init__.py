"""What a message says, in words that do not depend on the provider.

An adapter names what it has read (a place, cards, an order, ...) by one of these functions; each
makes of it what is shown: the kind, the text and the details. Values are taken as they come out of
a stranger's JSON: what is not of the expected type counts as absent, and all is bounded.
"""

from __future__ import annotations

from onethread.providers.content.cards import Card, contacts, read_vcards
from onethread.providers.content.forms import answers, choice, interactive, option, poll, template
from onethread.providers.content.shop import Item, money, order, payment, product
from onethread.providers.content.shown import (
    FILE_KINDS,
    Shown,
    about,
    event,
    file,
    invite,
    kind_of_file,
    location,
    note,
)

__all__ = [
    "FILE_KINDS",
    "Card",
    "Item",
    "Shown",
    "about",
    "answers",
    "choice",
    "contacts",
    "event",
    "file",
    "interactive",
    "invite",
    "kind_of_file",
    "location",
    "money",
    "note",
    "option",
    "order",
    "payment",
    "poll",
    "product",
    "read_vcards",
    "template",
]
