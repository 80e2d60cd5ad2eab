"""Brings the catalogues up to date with the pages: python -m tests.web.catalogues.

What is new is there without a translation then, and a test says so; what is gone is gone.
"""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from onethread.web.inbox.language import FOLDER, NAMES

OTHERS = [code for code in NAMES if code != "en"]
_METHODS = [("static/inbox.js", "javascript"), ("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "later": None, "tr": None}


def extracted(code: str) -> Catalog:
    """All words of the pages, without a translation."""
    catalog = Catalog(locale=code, fuzzy=False)
    # Of Spanish and Portuguese Babel has a third one, for whole millions.
    catalog.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1);")]
    for file, _, words, _, _ in extract_from_dir(
        FOLDER, _METHODS, _OPTIONS, _KEYWORDS, comment_tags=()
    ):
        # By file, without lines: a catalogue changes with the words, and not with what is beside.
        catalog.add(words, locations=[(file, None)])  # type: ignore[list-item]
    return catalog


def catalogue(code: str) -> Catalog:
    """The catalogue of a language, as it is."""
    return read_po(BytesIO((FOLDER / "languages" / f"{code}.po").read_bytes()), code)


def main() -> None:
    """Writes them."""
    for code in OTHERS:
        path = FOLDER / "languages" / f"{code}.po"
        known = catalogue(code) if path.exists() else Catalog(locale=code)
        fresh = extracted(code)
        for message in fresh:
            found = known.get(message.id)
            if message.id and found:
                message.string = found.string
        out = BytesIO()
        write_po(out, fresh, width=100, omit_header=False, include_lineno=False)
        header, _, rest = out.getvalue().decode().partition("\n\n")
        lines = ('msgid ""', 'msgstr ""', '"Language: ', '"Plural-Forms: ', '"Content-Type: ')
        kept = "\n".join(line for line in header.splitlines() if line.startswith(lines))
        path.write_text(f"{kept}\n\n{rest.strip()}\n", "utf-8")


if __name__ == "__main__":
    main()
