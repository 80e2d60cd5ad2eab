"""The secrets of webhooks as the environment has them: of each business, and common ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from onethread.environment import Environment

# What a provider computes with, so that a hash of it would not do.
_OF_A_BUSINESS = (
    "GOWA_WEBHOOK_SECRET",
    "META_APP_SECRET",
    "META_VERIFY_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "WAHA_HMAC_KEY",
)
_COMMON = (*_OF_A_BUSINESS, "WEBHOOK_SECRET")


@dataclass(frozen=True)
class WebhookKeys:
    """By the names of the variables without ONETHREAD_; several at once while they are changed."""

    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_business: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, environment: Environment) -> WebhookKeys:
        """Those of the settings; a variable may have several."""
        common = {name: getattr(environment, name.lower()) for name in _COMMON}
        own = {
            (business_id, name): getattr(settings, name.lower())
            for business_id, settings in environment.businesses.items()
            for name in _OF_A_BUSINESS
        }
        return cls(
            {name: keys for name, keys in common.items() if keys},
            {whose: keys for whose, keys in own.items() if keys},
        )

    def common(self, name: str) -> tuple[str, ...]:
        """Those that no business has for itself."""
        return self.by_name.get(name, ())

    def own(self, business_id: int, name: str) -> tuple[str, ...]:
        """Those of a business."""
        return self.by_business.get((business_id, name), ())

    def known_to(self, business_id: int) -> tuple[str, ...]:
        """Those that who sends to the business may know."""
        return (*self._common, *self._by_owner.get(business_id, ()))

    def is_shared(self, name: str, key: str) -> bool:
        """Whether several businesses have it: it proves the app, not the business."""
        return (name, key) in self._shared

    # Asked for each webhook: however many businesses there are, that is one look.

    @cached_property
    def _common(self) -> tuple[str, ...]:
        return tuple(key for keys in self.by_name.values() for key in keys)

    @cached_property
    def _by_owner(self) -> Mapping[int, tuple[str, ...]]:
        owners: dict[int, tuple[str, ...]] = {}
        for (business_id, _), keys in self.by_business.items():
            owners[business_id] = (*owners.get(business_id, ()), *keys)
        return owners

    @cached_property
    def _shared(self) -> frozenset[tuple[str, str]]:
        owned = ((name, key) for (_, name), keys in self.by_business.items() for key in set(keys))
        return frozenset(each for each, count in Counter(owned).items() if count > 1)

    def all(self) -> dict[str, str]:
        """Every secret, with the variable that it is in."""
        named = {key: f"ONETHREAD_{name}" for name, keys in self.by_name.items() for key in keys}
        for (business_id, name), keys in self.by_business.items():
            named |= dict.fromkeys(keys, f"ONETHREAD_BUSINESS_{business_id}_{name}")
        return named
