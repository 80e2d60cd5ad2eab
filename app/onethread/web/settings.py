"""What the server is told by its environment, and whether that is enough."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from onethread.errors import OnethreadError

_SHORTEST_SECRET = 8


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Secrets and limits of `onethread serve`."""

    meta_app_secret: str = ""
    meta_verify_token: str = ""
    waha_hmac_key: str = ""
    twilio_auth_token: str = ""
    webhook_secret: str = ""
    api_token: str = ""
    metrics_token: str = ""
    auth_token: str = ""
    """The password of the inbox page."""
    trusted_header: str = ""
    """Header in which a proxy that lets nobody else through names the user of the inbox."""
    public_url: str = ""
    """As providers see this server, without a path; needed for Twilio's signature."""
    is_insecure: bool = False
    """What has no secret is open to everybody. What has one is still checked."""
    max_body_bytes: int = 5_000_000
    """Meta's webhooks have at most 3 MB."""
    max_waiting: int = 64
    """Requests in progress; more are answered 503. Bounds memory, together with the above."""
    pool_size: int = 8
    body_seconds: float = 10
    pool_seconds: float = 5
    statement_seconds: float = 15
    pending_seconds: float = 30
    """Between two looks for pending evidence."""
    pending_statement_seconds: float = 60

    @classmethod
    def from_environment(
        cls,
        is_insecure: bool = False,
        environment: Mapping[str, str] = os.environ,
        auth_token: str = "",
        trusted_header: str = "",
    ) -> Settings:
        """Reads ONETHREAD_META_APP_SECRET and its kind; what is given here wins.

        Raises:
            OnethreadError: something would be open to everybody, and --insecure was not given.
        """

        def read(name: str) -> str:
            return environment.get(f"ONETHREAD_{name}", "").strip()

        settings = cls(
            meta_app_secret=read("META_APP_SECRET"),
            meta_verify_token=read("META_VERIFY_TOKEN"),
            waha_hmac_key=read("WAHA_HMAC_KEY"),
            twilio_auth_token=read("TWILIO_AUTH_TOKEN"),
            webhook_secret=read("WEBHOOK_SECRET"),
            api_token=read("API_TOKEN"),
            metrics_token=read("METRICS_TOKEN"),
            auth_token=auth_token or read("AUTH_TOKEN"),
            trusted_header=trusted_header or read("TRUSTED_HEADER"),
            public_url=read("PUBLIC_URL").rstrip("/"),
            is_insecure=is_insecure,
        )
        settings._check()
        return settings

    def _check(self) -> None:
        if self.is_insecure:
            return
        hint = "Set it in the environment (see docs/webhooks.md), or try things out with --insecure"
        if not self.webhook_secrets():
            raise OnethreadError(
                "no webhook secret is set: anybody could write messages",
                f"{hint}. One of: ONETHREAD_META_APP_SECRET, ONETHREAD_WAHA_HMAC_KEY, "
                "ONETHREAD_TWILIO_AUTH_TOKEN, ONETHREAD_WEBHOOK_SECRET.",
            )
        if not self.api_token:
            raise OnethreadError(
                "ONETHREAD_API_TOKEN is not set: anybody could read every thread", f"{hint}."
            )
        for name in ("webhook_secret", "api_token", "metrics_token", "auth_token"):
            if 0 < len(getattr(self, name)) < _SHORTEST_SECRET:
                raise OnethreadError(
                    f"the {name.replace('_', ' ')} has less than {_SHORTEST_SECRET} characters",
                    "`openssl rand -hex 32` makes one that nobody guesses.",
                )

    def webhook_secrets(self) -> list[str]:
        """All that webhooks are known by."""
        secrets = (
            self.meta_app_secret,
            self.waha_hmac_key,
            self.twilio_auth_token,
            self.webhook_secret,
        )
        return [secret for secret in secrets if secret]
