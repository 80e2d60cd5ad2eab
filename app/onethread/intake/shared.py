"""What a secret that several businesses share brings: only what is of the one it was sent to."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from onethread.database.text import storable_text
from onethread.intake.nesting import empty_deep_parts, parse_json
from onethread.intake.webhooks import list_registered
from onethread.intake.wrapping import unwrap
from onethread.providers.accounts import Account, keep_parts, read_accounts


def keep_own_parts(
    connection: psycopg.Connection[Any], business_id: int, provider: str, text: str
) -> tuple[str | None, int]:
    """(the payload, without what is of no account of the business; how much that was).

    The payload is None when nothing of it is the business's.
    """
    document = parse_json(text)
    if document is None:
        return None, 1
    outer = document[0] if isinstance(document[0], list) else document
    values = [inner for value in outer for inner in unwrap(value)]
    accounts = [account for value in values for account in read_accounts(provider, value)]
    names, instances = list_registered(
        connection,
        business_id,
        provider,
        [storable_text(name) for account in accounts for name in account.names],
        [storable_text(name) for account in accounts for name in account.instances],
    )

    def is_own(account: Account) -> bool:
        return not (names.isdisjoint(account.names) and instances.isdisjoint(account.instances))

    foreign = sum(not is_own(account) for account in accounts)
    if not foreign:
        return text if accounts else None, foreign
    kept: list[Any] = [keep_parts(provider, value, is_own) for value in values]
    kept = [value for value in kept if value is not None]
    if not kept:
        return None, foreign
    empty_deep_parts(kept)  # else it could not be written
    return json.dumps(kept if len(kept) > 1 else kept[0]), foreign
