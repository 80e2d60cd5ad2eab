"""The inbox in the reader's language: which one, and that nothing is left in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from onethread.web.inbox.language import FOLDER, wished_language
from onethread.web.inbox.sentences import SENTENCES, said
from tests.conftest import Connection, insert
from tests.web.catalogues import OTHERS, catalogue, extracted
from tests.web.test_inbox import PHONE, inbox

__all__ = ["inbox"]

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"</?\w+>")
# What a template puts in, and what stands in it that is no text.
JINJA = re.compile(
    r"{% block body_class %}.*?{% endblock %}|{#.*?#}|{%-? *trans\b.*?{% *endtrans *%}"
    r"|{%.*?%}|{{.*?}}",
    re.S,
)
SHOWN_ATTRIBUTE = re.compile(r' (?:title|alt|placeholder|aria-label)="([^"]*)"')
LITERAL = re.compile(r'(?<!_\()"([A-Z][a-z]+[^"]*)"')
NOT_WORDS = {"Onethread", "Enter", "Esc"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("he-IL,he;q=0.9,en-US;q=0.8", "he"),
        ("fr, iw;q=0.5, es-MX;q=0.7, *;q=0.1", "es"),
        ("en;q=0.1, PT-br ; q=0.2", "pt"),
        ("he;q=0, fr", "en"),
        ("he;q=often, es;q=0.1", "es"),
        (";,;;q=,*", "en"),
        ("fr," * 400 + "he", "en"),
    ],
)
def test_language_is_what_the_browser_likes_best_of_what_there_is(header: str, code: str) -> None:
    assert wished_language(header) == code


@pytest.mark.parametrize("code", OTHERS)
def test_catalogue_has_all_words_and_their_places(code: str) -> None:
    words = catalogue(code)
    assert [each.id for each in words] == [each.id for each in extracted(code)], (
        "python -m tests.web.catalogues"
    )
    for each in words:
        if not each.id:
            continue
        originals = each.id if isinstance(each.id, tuple) else (each.id,)
        strings = each.string if isinstance(each.string, tuple) else (each.string,)
        assert len(originals) == len(strings) and all(strings), each.id
        for original, string in zip(originals, strings, strict=True):
            assert sorted(PLACE.findall(original)) == sorted(PLACE.findall(string)), string
            assert sorted(TAG.findall(original)) == sorted(TAG.findall(string)), string
            # They stand in attributes, too, and are markup there.
            assert not re.search('["<>&%]', PLACE.sub("", TAG.sub("", string))), string


def test_no_template_has_words_of_its_own() -> None:
    for path in (FOLDER / "templates").iterdir():
        source = path.read_text("utf-8")
        shown = SHOWN_ATTRIBUTE.findall(JINJA.sub("", source))
        shown += re.sub(r"<[^>]*>", "\n", JINJA.sub("", source)).split("\n")
        shown += LITERAL.findall(" ".join(re.findall(r"{{.*?}}", source)))
        words = {word for each in shown for word in re.findall(r"[A-Za-z]{2,}", each)}
        assert words <= NOT_WORDS, path.name


def test_script_shows_no_words_of_its_own() -> None:
    source = re.sub(r"^ *//.*", "", (FOLDER / "static" / "inbox.js").read_text("utf-8"), flags=re.M)
    assert re.findall(r'(?<!tr\()["`][A-Z][a-z]+ [^"`]*', source) == []


def test_each_sentence_is_one_that_is_said() -> None:
    sources = [*(ROOT / "db" / "functions").rglob("*.sql"), *(ROOT / "app").rglob("*.py")]
    text = " ".join(path.read_text("utf-8") for path in sources if path.name != "sentences.py")
    text = re.sub(r"""['"]\s*\n\s*f?['"]""", "", text).replace("''", "'")
    for sentence in SENTENCES:
        for part in PLACE.split(sentence):
            assert part.strip(" :,.") in text, sentence
    assert said("conversation 5 of business 1 cannot be answered: no address leads here any more")


def test_page_is_in_the_language_of_the_browser(inbox: TestClient, committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="hello", sender_name="Dana\u202e")
    for _ in range(2):
        insert(committed, 1, "outbound", address=PHONE, body="hello", source="agent")
    for code, direction, word, day in (
        ("he", "rtl", "סימון כלא נקראה", "היום"),
        ("pt", "ltr", "Marcar como não lida", "Hoje"),
        ("es", "ltr", "Marcar como no leída", "Hoy"),
        ("en", "ltr", "Mark as unread", "Today"),
    ):
        answer = inbox.get("/inbox/1/conversation/1", headers={"Accept-Language": code})
        assert f'<html lang="{code}" dir="{direction}">' in answer.text
        assert word in answer.text and f"<span>{day}</span>" in answer.text
        assert "\u202e" not in answer.text
        assert answer.headers["content-language"] == code
        assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
        assert answer.headers["cache-control"] == "no-store"
        lost = inbox.get("/inbox/1/conversation/9", headers={"Accept-Language": code})
        assert lost.status_code == 404 and 'href="/inbox/1"' in lost.text
        assert ("There is no conversation" in lost.text) == (code == "en")
    assert "accept-language" not in inbox.get("/inbox/static/inbox.css").headers.get("vary", "")


def test_chosen_language_is_kept(inbox: TestClient, committed: Connection) -> None:
    wish = {"Accept-Language": "es"}
    chosen = inbox.get("/inbox/1/reports?lang=he", headers=wish)
    assert 'lang="he"' in chosen.text
    assert "HttpOnly; SameSite=Lax" in chosen.headers["set-cookie"]
    assert '<html lang="he"' in inbox.get("/inbox/1", headers=wish).text
    assert '<html lang="es"' in inbox.get("/inbox/1?lang=es", headers=wish).text
    for nonsense in ("xx", "..", "en; Path=/", ""):
        answer = inbox.get("/inbox/1", params={"lang": nonsense})
        assert '<html lang="es"' in answer.text and "set-cookie" not in answer.headers


def test_path_that_leads_nowhere_is_a_page_with_a_way_back(inbox: TestClient) -> None:
    for path, back in (("/inbox/1/nothing", "/inbox/"), ("/inbox/99", "/inbox/"),
                       ("/inbox/1/merge/9/undo", "/inbox/1")):  # fmt: skip
        answer = inbox.get(path)
        assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
        assert f'<a href="{back}">To the inbox</a>' in answer.text, path
    assert inbox.get("/inbox/1/reports?days=x").status_code == 422
