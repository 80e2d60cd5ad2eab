"""What the database and the server say to a reader, in the reader's language.

They say it in English, to programs too. Here are the sentences that a page can show; one that is
not among them is shown as it is.
"""

from __future__ import annotations

import re

from onethread.web.inbox.language import gettext, later

SENTENCES = [
    later("There is no business %(id)s"),
    later("There is no conversation %(id)s here"),
    later("There is no merge %(id)s here"),
    later("There is no file here"),
    later("There is no such template any more"),
    later("There is no answer here that failed"),
    later("There is no page here"),
    later("This file cannot be opened here"),
    later("Look for it on the phone."),
    later("The file is not to be had: %(why)s"),
    later("the provider does not have it any more"),
    later("the provider answered %(status)s"),
    later("it is larger than %(size)s MB"),
    later("the provider takes too long"),
    later("the provider does not answer: %(error)s"),
    later("the provider's answer cannot be read"),
    later("the message names no file"),
    later("too many files are being fetched"),
    later("the answer is empty"),
    later("the message is empty"),
    later("every place of the template wants a word"),
    later("busy: too many requests are in progress"),
    later("busy: no connection was free in time"),
    later("the database cannot answer now"),
    later("refused"),
    later("there is no conversation %(id)s in business %(business)s"),
    later("there is no message %(id)s in business %(business)s"),
    later("there is no merge %(id)s to undo in business %(business)s"),
    later("conversation %(id)s of business %(business)s cannot be answered: %(why)s"),
    later("conversation %(id)s of business %(business)s has just gone"),
    later("%(address)s is not theirs any more, and no other address of theirs is known"),
    later("no address of theirs can be written to"),
    later("no address leads here any more"),
    later("%(address)s is nobody's number whom one could write to"),
    later("%(address)s cannot be written to"),
    later("Write it as it is dialled, or with + and country code."),
    later("cannot merge conversation %(id)s into %(other)s: %(why)s"),
    later("they are the same conversation"),
    later("they have just been joined"),
    later("only conversations of persons can be joined"),
    later("a conversation without an identifier cannot be joined"),
    later('evidence "different" says that they are two people'),
    later("cannot undo merge %(id)s: no identifier led to conversation %(other)s"),
    later("cannot undo merge %(id)s: both threads are of one phone, %(phone)s"),
    later("cannot undo merge %(id)s: one of the two was a number of the business itself"),
    later("conversation %(id)s is not two people: it is one conversation"),
    later("conversation %(id)s is a %(kind)s, which is never joined with anybody"),
    later("no identifier leads to conversation %(id)s: it is nobody"),
    later(
        "cannot say that conversations %(id)s and %(other)s are two people: both are of one phone"
    ),
    later(
        "They are two by the time at which the phone passed on; only a join by hand makes them one."
    ),
    later("it is still asked whether conversations %(id)s and %(other)s are one person's: %(why)s"),
    later("nobody has said that conversations %(id)s and %(other)s are two people"),
    later("another session is joining conversations of business %(business)s"),
    later("%(what)s: others hold the conversations"),
    later("A transaction that wrote to one of these people is still open. Try again."),
    later("Try again."),
    later("Try again in a minute."),
    later("Try again when it has ended."),
    later("invalid cursor: %(cursor)s"),
    later("Pass null for the first page, then the cursor column of the last row."),
    later("sent, id unknown"),
]
_PLACE = re.compile(r"%\((\w+)\)s")


def _pattern(words: str) -> re.Pattern[str]:
    parts = _PLACE.split(words)
    fixed = [re.escape(part) for part in parts[::2]]
    names = [f"(?P<{name}>.+?)" for name in parts[1::2]] + [""]
    return re.compile("".join(map("".join, zip(fixed, names, strict=True))), re.DOTALL)


_PATTERNS = [(_pattern(words), words) for words in SENTENCES]


def said(text: str) -> str:
    """A sentence of the database or the server in the reader's language."""
    for pattern, words in _PATTERNS:
        if found := pattern.fullmatch(text):
            return gettext(words, **{name: said(part) for name, part in found.groupdict().items()})
    return text


def said_first(text: str) -> str:
    """The same where a sentence begins: with a capital."""
    words = said(text)
    return words[:1].upper() + words[1:]
