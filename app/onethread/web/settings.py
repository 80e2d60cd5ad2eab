"""What the server is told by its environment, and whether that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onethread.environment import Environment
from onethread.errors import OnethreadError
from onethread.web.keys import WebhookKeys

_SHORTEST_SECRET = 16
_PLACEHOLDER = "…"
_MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Secrets and limits of `onethread serve`."""

    keys: WebhookKeys = field(default_factory=WebhookKeys)
    """Of webhooks, as far as they are not in the database."""
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
    max_body_bytes: int = 5 * _MB
    """Meta's webhooks have at most 3 MB."""
    body_bytes: Mapping[str, int] = field(default_factory=dict)
    """The same for providers that have a limit of their own."""
    max_cut_bytes: int = 100 * _MB
    """Of a body whose files are left out while it arrives."""
    max_unanswered_bytes: int = 256 * _MB
    """Of all bodies over 64 KB that are being read or waiting: bounds memory."""
    max_waiting: int = 64
    """Requests at work on the database or waiting for it; more are answered 503."""
    max_api_requests: int = 32
    """The same of the API alone, so that it leaves room for webhooks."""
    pool_size: int = 8
    header_seconds: float = 10
    body_seconds: float = 10
    pool_seconds: float = 5
    statement_seconds: float = 15
    secrets_seconds: float = 10
    """For how long what the database knows of secrets is not asked again."""
    missed_secret_seconds: float = 1
    """The same when a secret is unknown: it may be new."""
    pending_seconds: float = 30
    """Between two looks for pending evidence."""
    pending_statement_seconds: float = 60

    @classmethod
    def from_environment(
        cls,
        is_insecure: bool = False,
        environment: Mapping[str, str] | None = None,
        auth_token: str = "",
        trusted_header: str = "",
        has_stored_secrets: bool = False,
    ) -> Settings:
        """Reads ONETHREAD_META_APP_SECRET and its kind; what is given here wins.

        Args:
            has_stored_secrets: a business has a webhook with a secret in the database.

        Raises:
            OnethreadError: something would be open to everybody, and --insecure was not given; or a
                secret is none.
        """
        given = Environment.read(environment)
        settings = cls(
            keys=WebhookKeys.of(given),
            api_token=given.api_token,
            metrics_token=given.metrics_token,
            auth_token=auth_token or given.auth_token,
            trusted_header=trusted_header or given.trusted_header,
            public_url=given.public_url.rstrip("/"),
            is_insecure=is_insecure,
            max_body_bytes=given.max_body_mb * _MB,
            body_bytes={name: size * _MB for name, size in given.body_mb.items()},
        )
        settings._check(has_stored_secrets)
        return settings

    def body_limit(self, provider: str) -> int:
        """How large a body of the provider may be and be stored with all that is in it."""
        return self.body_bytes.get(provider, self.max_body_bytes)

    def _check(self, has_stored_secrets: bool) -> None:
        named = self.keys.all()
        for name in ("api_token", "metrics_token", "auth_token"):
            if secret := getattr(self, name):
                named[secret] = f"ONETHREAD_{name.upper()}"
        for secret, name in named.items():
            if len(secret) < _SHORTEST_SECRET or _PLACEHOLDER in secret:
                raise OnethreadError(
                    f"{name} has less than {_SHORTEST_SECRET} characters"
                    if _PLACEHOLDER not in secret
                    else f"{name} is a placeholder",
                    "`openssl rand -hex 32` makes one that nobody guesses.",
                )
        if self.is_insecure:
            return
        hint = "Set it in the environment (see docs/webhooks.md), or try things out with --insecure"
        if not (self.keys.all() or has_stored_secrets):
            raise OnethreadError(
                "no webhook has a secret: anybody could write messages",
                "`onethread webhook add` makes one. Or set ONETHREAD_META_APP_SECRET, "
                "ONETHREAD_GOWA_WEBHOOK_SECRET, ONETHREAD_WAHA_HMAC_KEY, "
                "ONETHREAD_TWILIO_AUTH_TOKEN or ONETHREAD_WEBHOOK_SECRET "
                "(docs/webhooks.md). To try things out: --insecure.",
            )
        if not self.api_token:
            raise OnethreadError(
                "ONETHREAD_API_TOKEN is not set: anybody could read every thread", f"{hint}."
            )
