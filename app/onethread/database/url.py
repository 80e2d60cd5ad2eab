"""DATABASE_URL, as programs have it: a URI of SQLAlchemy will do; and never seen in an error."""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict

from onethread.errors import ServerUnreachable

FORM = "postgresql://user:password@host:port/database"

# SQLAlchemy's name of a driver is of no use to libpq.
_SCHEME = re.compile(r"\s*(?:postgresql|postgres)(?:\+\w+)?://", re.IGNORECASE)


def libpq_url(text: str) -> str:
    """The URI, or libpq's list of parameters, as libpq takes it.

    Raises:
        ServerUnreachable: it is neither. libpq's own words are not told: they repeat the text, or
            take a part of the password for the host.
    """
    url = _SCHEME.sub("postgresql://", text.strip(), count=1)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = None
    if parts is None or (_SCHEME.match(url) and _is_ambiguous(url, parts)):
        raise ServerUnreachable(
            "DATABASE_URL is not a connection URI, or has a parameter that libpq does not know",
            f"Write it as {FORM}. In the user's name and the password % is written %25, "
            "@ %40, : %3A, / %2F, ? %3F, # %23.",
        ) from None
    return url


def _is_ambiguous(url: str, parts: Mapping[str, object]) -> bool:
    """Whether a character of the password was taken for the end of it."""
    address, _, _ = url.partition("://")[2].partition("?")
    user, at, rest = address.partition("@")
    ports = str(parts.get("port") or "").split(",")
    return (
        "@" in rest
        or bool(at and "/" in user)
        or not all(port.isdecimal() or not port for port in ports)
    )
