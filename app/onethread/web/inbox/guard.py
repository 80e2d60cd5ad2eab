"""Who may see the inbox, and what a browser may do there: every request and answer passes here."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onethread.web.credentials import has_secret, is_own_name
from onethread.web.settings import Settings

# No script, style, frame or connection but our own; nothing inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # So the script knows an answer of ours from the login page of a proxy.
    "X-Onethread": "inbox",
}


class Guard:
    """Middleware: authentication, protection against other sites' requests, headers of answers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", _cache_control(scope))
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        settings = self._settings
        if not (settings.auth_token or settings.trusted_header or settings.is_insecure):
            return PlainTextResponse(
                "The inbox is off. Start the server with --auth-token or --trusted-header.\n", 403
            )
        if not is_user(settings, headers):
            return PlainTextResponse(
                "Sign in with any name, and the server's --auth-token as the password.\n",
                401,
                {"WWW-Authenticate": 'Basic realm="Onethread", charset="UTF-8"'},
            )
        if method not in ("GET", "HEAD") and not is_same_origin(headers):
            return PlainTextResponse("This request came from another site.\n", 403)
        return None


def is_user(settings: Settings, headers: Mapping[str, str]) -> bool:
    """Whether the proxy names a user, or the browser sends the token."""
    if settings.trusted_header and headers.get(settings.trusted_header.lower()):
        return True
    if settings.auth_token:
        return has_secret(settings.auth_token, headers, False)
    # Without a secret: only by a name that no stranger's site can have, else any page that the
    # user opens could have its own name lead here (DNS rebinding) and read along.
    return (
        settings.is_insecure
        and not settings.trusted_header
        and is_own_name(headers.get("host", ""))
    )


def user_name(settings: Settings, headers: Mapping[str, str]) -> str:
    """Who acts, for the record: what the proxy says, else "an agent"."""
    name = headers.get(settings.trusted_header.lower(), "") if settings.trusted_header else ""
    return name[:100] or "an agent"


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a page of this server made the request; without a trace of that: no."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    try:
        host = urlsplit(headers.get("origin", "")).netloc
    except ValueError:  # "http://[": nobody's address
        return False
    return host != "" and host == headers.get("host")


def _cache_control(scope: Scope) -> str:
    """Files whose address names their content may be kept, pages not."""
    is_version = scope["path"].startswith("/inbox/static/") and scope["query_string"]
    return "private, max-age=31536000, immutable" if is_version else "no-store"
