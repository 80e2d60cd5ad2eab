"""What offers a choice (buttons, lists, templates, polls), and what was chosen or filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from onethread.providers.content.shown import Shown
from onethread.providers.content.values import (
    MOST_ITEMS,
    decimal,
    first_words,
    line,
    lines,
    parsed,
    present,
    words,
)

_DEEPEST = 6
# Of the machinery of forms, not of the answers.
_NO_ANSWERS = (
    "cdn_url",
    "encryption_metadata",
    "flow_id",
    "flow_token",
    "pageId",
    "sha256",
    "wa_flow_response_params",
)
_SCREEN_FIELD = re.compile(r"screen_\d+_(.+?)(?:_\d+)?")
_NUMBERED_OPTION = re.compile(r"\d+_(.+)", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w{1,50})\s*\}\}")
_CHOICE_FIELDS = frozenset({"id", "title", "description", "display_text"})


def choice(title: Any, description: Any = None, *, code: Any = None) -> Shown:
    """A button or a row of a list that was chosen; what a program calls it stands in its place
    when nothing else is told."""
    details = present(id=line(code), title=line(title), description=words(description))
    body = lines(title, description) or line(code)
    return Shown("interactive", body, details)


def answers(values: Any, *, title: Any = None, fallback: Any = None) -> Shown:
    """A form as it was filled in, the fields and their answers; or what was chosen.

    Args:
        values: JSON, or its text.
        title: stands above the answers.
        fallback: stands in place of them where there are none.
    """
    form = parsed(values)
    if isinstance(form, Mapping) and form.keys() <= _CHOICE_FIELDS:
        name = first_words((title, form.get("title"), form.get("display_text"), fallback))
        return choice(name, form.get("description"), code=form.get("id"))
    found = list(islice(_read_answers(form, "", 0), MOST_ITEMS))
    told: dict[str, str] = {}
    for name, _, answer in found:
        told[name] = f"{told[name]}, {answer}" if name in told else answer
    shown = (_said(label, answer) for _, label, answer in found)
    body = lines(title, *shown) if found else lines(title or fallback)
    return Shown("interactive", body, present(answers=told))


def _read_answers(value: Any, name: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """(name, label, answer) of each field, however deep the form is."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        label = first_words(value.get(each) for each in ("label", "question", "name", "title"))
        answer = next((value[each] for each in ("value", "answer") if each in value), None)
        if label and _answer(answer):
            yield label, label, _answer(answer) or ""
            return
        for key, item in islice(value.items(), MOST_ITEMS):
            if key not in _NO_ANSWERS:
                yield from _read_answers(item, line(key) or name, depth + 1)
    elif answer := _answer(value):
        yield name or "answer", _label(name), _option(name, answer)
    elif isinstance(value, list):
        for item in value[:MOST_ITEMS]:
            yield from _read_answers(item, name, depth + 1)


def _answer(value: Any) -> str | None:
    """One answer, or several simple ones."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, list | Mapping) for item in value):
        return ", ".join(filter(None, map(_answer, value[:MOST_ITEMS]))) or None
    return words(value)


def _said(label: str, answer: str) -> str:
    if not label:
        return answer
    return f"{label} {answer}" if label[-1] in "?:" else f"{label}: {answer}"


def _label(name: str) -> str:
    match = _SCREEN_FIELD.fullmatch(name)
    return (match[1] if match else name).replace("_", " ").strip()


def _option(name: str, answer: str) -> str:
    """Forms of Meta's builder number their options: 0_Excellent."""
    match = _NUMBERED_OPTION.fullmatch(answer) if _SCREEN_FIELD.fullmatch(name) else None
    return match[1] if match else answer


def option(title: Any, description: Any = None) -> str | None:
    """A button or a row of a list, as the texts of a message show it."""
    return ": ".join(filter(None, (line(title), line(description)))) or None


def interactive(
    *texts: Any, options: Iterable[Any] = (), kind: str = "interactive", **details: Any
) -> Shown:
    """A message with buttons or rows to choose from: its texts, and below them the choices."""
    known = list(filter(None, map(line, islice(options, MOST_ITEMS))))
    body = lines(*texts, *(f"- {each}" for each in known))
    return Shown(kind, body, present(options=known, **details))


def template(
    name: Any,
    *texts: Any,
    parameters: Iterable[Any] = (),
    named: Mapping[str, Any] | None = None,
    options: Iterable[Any] = (),
) -> Shown:
    """A template with its text, its variables filled in; without a text its name and parameters."""
    values = list(filter(None, map(words, islice(parameters, MOST_ITEMS))))
    known = {str(place): value for place, value in enumerate(values, 1)} | {
        key: value for key, each in (named or {}).items() if (value := words(each))
    }
    shown = [_filled(text, known) for text in texts]
    if not any(shown):
        shown = [line(name), *values]
    return interactive(*shown, options=options, kind="template", name=line(name), parameters=values)


def _filled(text: Any, values: Mapping[str, str]) -> str | None:
    written = words(text)
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), written) if written else None


def poll(question: Any, options: Iterable[Any], votes: Iterable[Any] = ()) -> Shown:
    """A poll with its options; with how many votes each had, where that is told."""
    known = list(filter(None, map(line, islice(options, MOST_ITEMS))))
    counts = [decimal(count) for count in islice(votes, len(known))]
    shown = [
        f"- {each}: {counts[place]}" if place < len(counts) and counts[place] else f"- {each}"
        for place, each in enumerate(known)
    ]
    body = lines(question, *shown)
    return Shown("poll", body, present(question=words(question), options=known))
