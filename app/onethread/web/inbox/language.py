"""The languages of the inbox: which one a browser asks for, and its words, dates and numbers.

The words stand in English in the templates, in the script and here; languages/*.po have the others.
What a request is answered in is a context variable, so that nobody has to hand it on.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from markupsafe import Markup
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onethread.messages.visible import visible_text

NAMES = {"en": "English", "he": "עברית", "pt": "Português", "es": "Español"}
FOLDER = Path(__file__).parent
_LOCALES = {"en": "en_GB"}
_FORMER_CODES = {"iw": "he"}
_COOKIE = "onethread_lang"
_YEAR = 366 * 86400
_WORDS = ("text/html", "text/plain")
# So long a wish is nobody's.
_LONGEST_HEADER = 1000
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.I)


@dataclass(frozen=True)
class Language:
    """One of them."""

    code: str
    locale: Locale
    words: NullTranslations

    @property
    def direction(self) -> str:
        """ltr or rtl: where its lines begin."""
        return self.locale.text_direction


@cache
def language(code: str) -> Language:
    """A language of NAMES."""
    locale = Locale.parse(_LOCALES.get(code, code))
    path = FOLDER / "languages" / f"{code}.po"
    if not path.exists():  # that of the sources
        return Language(code, locale, NullTranslations())
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, code))
    compiled.seek(0)
    return Language(code, locale, Translations(compiled))


_current: ContextVar[Language] = ContextVar("language")


def current() -> Language:
    """The language in which this request is answered."""
    return _current.get(language("en"))


def wished_language(header: str) -> str:
    """What an Accept-Language header asks for, of what there is; English for all else."""
    best, highest = "en", 0.0
    for wish in header[:_LONGEST_HEADER].split(","):
        tag, _, parameter = wish.partition(";")
        code = tag.strip().lower().split("-")[0]
        code = _FORMER_CODES.get(code, code)
        quality = _QUALITY.fullmatch(parameter) if parameter.strip() else None
        value = float(quality[1]) if quality else 0.0 if parameter.strip() else 1.0
        if code in NAMES and value > highest:
            best, highest = code, value
    return best


def later(text: str) -> str:
    """Marks words that are translated where they are shown."""
    return text


def gettext(text: str, **values: object) -> str:
    """The words in the reader's language."""
    found: str = current().words.gettext(text)
    return found % values if values else found


def shown_words(text: str, **values: object) -> Markup:
    """gettext() of a template: values are escaped, and cleared of what cannot be seen."""
    return _filled(current().words.gettext(text), values)


def shown_number_of(singular: str, plural: str, num: int, **values: object) -> Markup:
    """ngettext() of a template."""
    return _filled(current().words.ngettext(singular, plural, num), {"num": num} | values)


def _filled(text: str, values: dict[str, object]) -> Markup:
    shown = {
        name: visible_text(value) if type(value) is str else value
        for name, value in values.items()
    }  # fmt: skip
    return Markup(text) % shown  # noqa: S704  # words of a catalogue


def number(value: float, digits: int = 0) -> str:
    """1,206 or 1.206, with so many places behind the point at most."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return str(format_decimal(value, pattern, locale=current().locale))


def day_text(day: date, form: str) -> str:
    """A day in a form of Babel's: long, EEEE, or a skeleton like MMMd."""
    locale = current().locale
    if form in ("long", "EEE", "EEEE"):
        return str(format_date(day, form, locale=locale))
    return str(format_skeleton(form, day, locale=locale))


def time_text(at: time) -> str:
    """14:05."""
    return str(format_time(at.replace(tzinfo=None), "short", locale=current().locale))


@cache
def script_words(code: str) -> dict[str, str]:
    """The words of the script, each in English and in the language."""
    with (FOLDER / "static" / "inbox.js").open("rb") as script:
        found = [text for _, text, _, _ in extract("javascript", script, {"tr": None})]
    words = language(code).words
    return {text: words.gettext(text) for text in found if isinstance(text, str)}


class Speak:
    """Middleware: each request is answered in the language that its browser asks for, or that was
    chosen with ?lang=, which a cookie keeps."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        chosen = _chosen(scope)
        code = chosen or _kept(headers) or wished_language(headers.get("accept-language", ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if answer.get("content-type", "").startswith(_WORDS):
                    _describe(answer, code, chosen)
            await send(message)

        token = _current.set(language(code))
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            _current.reset(token)


def _describe(answer: MutableHeaders, code: str, chosen: str | None) -> None:
    answer.add_vary_header("Accept-Language")
    answer.add_vary_header("Cookie")
    answer["Content-Language"] = code
    if chosen:
        answer.append(
            "Set-Cookie",
            f"{_COOKIE}={chosen}; Path=/inbox; Max-Age={_YEAR}; HttpOnly; SameSite=Lax",
        )


def _chosen(scope: Scope) -> str | None:
    query: dict[str, list[Any]] = parse_qs(scope["query_string"][:2000].decode("latin-1"))
    [code] = query.get("lang", [""])[:1]
    return code if code in NAMES else None


def _kept(headers: Headers) -> str | None:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None and cookie.value in NAMES else None
