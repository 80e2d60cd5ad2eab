"""What a secret that several businesses share brings: only what is of the one it was sent to."""

from __future__ import annotations

import json
import time
from collections.abc import Hashable, Iterable
from typing import Any

from onethread.database.tenant import Statement
from onethread.database.text import storable_text
from onethread.errors import NothingOwn
from onethread.intake.nesting import empty_deep_parts, parse_json
from onethread.intake.webhooks import LIST_REGISTERED
from onethread.intake.wrapping import unwrap
from onethread.providers.accounts import Account, keep_parts, read_accounts

# Many more than there are numbers of one installation's businesses.
_MOST_KNOWN = 100_000


class OwnAccounts:
    """Accounts that were their business's own when the database was asked a moment ago: each
    webhook of Meta's names one, and nearly always the same. What is not its own is asked again."""

    def __init__(self, seconds: float = 0) -> None:
        """
        Args:
            seconds: for how long an answer holds.
        """
        self._seconds = seconds
        self._known_until: dict[Hashable, float] = {}

    def know(self, key: Hashable) -> bool:
        """Whether all the accounts of such a payload are the business's."""
        return self._known_until.get(key, 0.0) > time.monotonic()

    def learn(self, key: Hashable) -> None:
        """They are."""
        if len(self._known_until) >= _MOST_KNOWN:
            self._known_until.clear()
        self._known_until[key] = time.monotonic() + self._seconds


class SharedPayload:
    """A payload of which a part may be another business's."""

    def __init__(self, business_id: int, provider: str, text: str) -> None:
        self._business_id = business_id
        self._provider = provider
        self._text = text
        document = parse_json(text)
        values = [] if document is None else document[0]
        values = values if isinstance(values, list) else [values]
        self._values = [inner for value in values for inner in unwrap(value)]
        self._accounts = [
            account for value in self._values for account in read_accounts(provider, value)
        ]

    @property
    def key(self) -> Hashable:
        """What the question is about: payloads that have it alike get one answer."""
        return self._business_id, self._provider, tuple(self._accounts)

    def question(self) -> Statement:
        """Which of its accounts the business has registered, as the database is asked."""
        names = (name for account in self._accounts for name in account.names)
        instances = (name for account in self._accounts for name in account.instances)
        return LIST_REGISTERED, {
            "business_id": self._business_id,
            "provider": self._provider,
            "names": list(map(storable_text, names)),
            "instances": list(map(storable_text, instances)),
        }

    def keep_own(self, registered: Iterable[tuple[str | None, str | None]]) -> tuple[str, int]:
        """(the payload, without what is of no account of the business; how much that was).

        Raises:
            NothingOwn: nothing of it is the business's.
        """
        known = list(registered)
        names, instances = {name for name, _ in known}, {instance for _, instance in known}

        def is_own(account: Account) -> bool:
            return not (names.isdisjoint(account.names) and instances.isdisjoint(account.instances))

        foreign = sum(not is_own(account) for account in self._accounts)
        if self._accounts and not foreign:
            return self._text, 0
        kept: list[Any] = [keep_parts(self._provider, value, is_own) for value in self._values]
        kept = [value for value in kept if value is not None]
        if not kept or not self._accounts:
            raise NothingOwn(
                f"nothing in it is of a number or instance of business {self._business_id}",
                "Several businesses have this secret. Register the number (`onethread business "
                "list`), the instance (`onethread webhook add --instance`), or give the business a "
                "secret of its own (`onethread webhook add`).",
            )
        empty_deep_parts(kept)  # else it could not be written
        return json.dumps(kept if len(kept) > 1 else kept[0]), foreign
