"""A message that cannot be stored as it came loses its payload, and its neighbours nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from onethread.intake import together
from onethread.messages import batches
from onethread.providers import PROVIDERS, ProviderResult, baileys
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import Way
from tests.web.test_intake import bodies, kept

TOO_DEEP = "not read: a payload that is nested too deeply"
NOT_STORED = "not read: a payload that cannot be stored"


def quoting(levels: int) -> str:
    """A message that quotes one that quotes one, as a stranger can send it."""
    start = '{"extendedTextMessage":{"text":"spam","contextInfo":{"quotedMessage":'
    return start * levels + '{"conversation":"innermost"}' + "}}}" * levels


def event(*messages: str) -> str:
    return f'{{"event":"messages.upsert","data":{{"messages":[{",".join(messages)}]}}}}'


def message(number: int, content: str, user: str = "972521110001") -> str:
    key = {"id": f"{number:08X}", "fromMe": False, "remoteJid": f"{user}@s.whatsapp.net"}
    head = json.dumps({"key": key, "messageTimestamp": 1780000000 + number})
    return f'{head[:-1]},"message":{content}}}'


def said(text: str) -> str:
    return json.dumps({"conversation": text})


def without_payload(connection: Connection) -> list[str]:
    query = "select body from whatsapp_message where payload is null order by id"
    return [body for (body,) in connection.execute(query)]


@pytest.mark.parametrize("levels", [70, 130, 400, 1000])
@pytest.mark.parametrize("is_array", [True, False], ids=["array", "event"])
def test_message_loses_its_payload_alone_when_it_quotes_too_deeply(
    way: Way,
    committed: Connection,
    levels: int,
    is_array: bool,
) -> None:
    texts = [said("one"), quoting(levels), said("two")]
    messages = [message(number, text) for number, text in enumerate(texts)]
    payload = f"[{','.join(map(event, messages))}]" if is_array else event(*messages)
    for _ in range(2):  # the same payload again changes nothing
        way.take(payload)
        assert bodies(committed) == ["one", "spam", "two"]
        assert without_payload(committed) == ["spam"]
        [(reason, _, is_open)] = kept(committed)
        assert (reason, is_open) == (TOO_DEEP, False)


def test_history_loses_one_payload_when_one_message_quotes_too_deeply(
    way: Way,
    committed: Connection,
) -> None:
    messages = [message(number, said(str(number))) for number in range(400)]
    messages[200] = message(200, quoting(70))
    way.take(event(*messages).replace("messages.upsert", "messaging-history.set"))
    assert len(bodies(committed)) == 400
    assert without_payload(committed) == ["spam"]


def test_two_messages_are_two_when_they_have_no_id_and_quote_too_deeply(
    way: Way,
    committed: Connection,
) -> None:
    messages = [message(number, quoting(70)).replace('"id"', '"no_id"') for number in range(2)]
    for _ in range(2):
        way.take(event(*messages))
        assert bodies(committed) == ["spam", "spam"]


def test_event_is_stored_without_its_payload_when_it_is_nested_too_deeply(
    way: Way,
    committed: Connection,
) -> None:
    head = '"type":14,"key":{"id":"00000000"},"editedMessage":'
    edit = f'{{"protocolMessage":{{{head}{quoting(70)}}}}}'
    way.take(event(message(0, said("one")), message(1, edit)))
    query = "select kind, body, payload from whatsapp_message_event"
    assert committed.execute(query).fetchall() == [("edited", "spam", None)]


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999", "9" * 5000, "-" + "9" * 5000])
def test_message_is_stored_when_its_payload_holds_a_number_that_no_jsonb_has(
    way: Way,
    committed: Connection,
    number: str,
) -> None:
    odd = f'{{"conversation":"odd","extra":{number}}}'
    way.take(event(message(0, said("one")), message(1, odd), message(2, said("two"))))
    assert bodies(committed) == ["one", "odd", "two"]
    assert without_payload(committed) in (["odd"], [])
    reasons = [reason for reason, _, is_open in kept(committed) if not is_open]
    assert reasons == [NOT_STORED] * len(without_payload(committed))


def test_message_is_stored_without_its_payload_when_that_is_too_large(
    way: Way,
    committed: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "MAX_ROW_LENGTH", 20_000)
    monkeypatch.setattr(together, "MAX_LENGTH", 20_000)
    large = json.dumps({"conversation": "large", "extra": "x" * 30_000})
    way.take(event(message(0, said("one")), message(1, large), message(2, said("two"))))
    assert bodies(committed) == ["one", "large", "two"]
    assert without_payload(committed) == ["large"]


def test_others_go_in_when_the_adapter_falls_over_one(
    way: Way,
    committed: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(payload: Any) -> ProviderResult:
        if '"bad"' in json.dumps(payload):
            raise KeyError("a bug")
        return baileys.read_payload(payload)

    monkeypatch.setitem(PROVIDERS, "baileys", read)
    texts = [*map(str, range(40)), "bad", *map(str, range(41, 60))]
    way.take(event(*(message(number, said(text)) for number, text in enumerate(texts))))
    assert bodies(committed) == [text for text in texts if text != "bad"]
    [(reason, payload, is_open)] = kept(committed)
    assert (reason, is_open) == ("the adapter failed: KeyError: 'a bug'", True)
    assert '"bad"' in payload


def test_batch_is_no_larger_than_one_value_takes(
    way: Way,
    committed: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "_MAX_BATCH_LENGTH", 1)
    way.take(json.dumps(upsert("1", "one")), json.dumps(upsert("2", "two")))
    way.take(json.dumps(upsert("1", "one")), json.dumps(upsert("2", "other")))
    assert bodies(committed) == ["one", "two"]
    [(reason, _, _)] = kept(committed)
    assert reason == "not read: another message has this id"
