"""The secrets of webhooks as the environment has them: of each business, and common ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onethread.errors import OnethreadError

# What a provider computes with, so that a hash of it would not do.
_OF_A_BUSINESS = (
    "GOWA_WEBHOOK_SECRET",
    "META_APP_SECRET",
    "META_VERIFY_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "WAHA_HMAC_KEY",
)
_COMMON = (*_OF_A_BUSINESS, "WEBHOOK_SECRET")
_BUSINESS = re.compile(rf"ONETHREAD_BUSINESS_(\d+)_({'|'.join(_OF_A_BUSINESS)})")


@dataclass(frozen=True)
class WebhookKeys:
    """By the names of the variables without ONETHREAD_; several at once while they are changed."""

    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_business: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> WebhookKeys:
        """A variable may have several secrets, with blanks between them."""
        common = {name: environment.get(f"ONETHREAD_{name}", "").split() for name in _COMMON}
        own = {
            (int(match[1]), match[2]): tuple(value.split())
            for name, value in environment.items()
            if (match := _BUSINESS.fullmatch(name)) and value.split()
        }
        return cls({name: tuple(values) for name, values in common.items() if values}, own)

    def common(self, name: str) -> tuple[str, ...]:
        """Those that no business has for itself."""
        return self.by_name.get(name, ())

    def own(self, business_id: int, name: str) -> tuple[str, ...]:
        """Those of a business."""
        return self.by_business.get((business_id, name), ())

    def is_shared(self, business_id: int, name: str, key: str) -> bool:
        """Whether another business has the same: it proves the app, not the business."""
        return any(
            key in keys and other != business_id and its_name == name
            for (other, its_name), keys in self.by_business.items()
        )

    def all(self) -> dict[str, str]:
        """Every secret, with the variable that it is in."""
        named = {key: f"ONETHREAD_{name}" for name, keys in self.by_name.items() for key in keys}
        for (business_id, name), keys in self.by_business.items():
            named |= dict.fromkeys(keys, f"ONETHREAD_BUSINESS_{business_id}_{name}")
        return named


def with_files(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, and for what is not in it the files of the folder ONETHREAD_SECRETS_DIR,
    which are called as the variables are.

    Raises:
        OnethreadError: the folder or a file in it cannot be read.
    """
    folder = environment.get("ONETHREAD_SECRETS_DIR", "")
    if not folder:
        return environment
    try:
        files = {
            path.name: path.read_text("utf-8").strip()
            for path in Path(folder).iterdir()
            if path.name.startswith("ONETHREAD_") and path.is_file()
        }
    except (OSError, UnicodeDecodeError) as error:
        raise OnethreadError(
            f"cannot read the secrets in {folder}: {error}",
            "ONETHREAD_SECRETS_DIR names a folder with a file for each variable.",
        ) from error
    return files | {name: value for name, value in environment.items() if value.strip()}
