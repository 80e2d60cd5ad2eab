"""Whose a webhook is: no secret of one business opens another, and none of them is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from onethread.cli.main import main
from onethread.intake.payload import PROVIDER_NAMES
from onethread.web import Settings, create_app
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.providers.reading import load
from tests.server import client as program
from tests.web.test_webhooks import count, signed

TOKEN = {"ONETHREAD_API_TOKEN": "a" * 32}
COMMON = "common-secret-of-this-installation"
APP, OTHER_APP = "app-secret-of-the-first-of-two", "app-secret-of-the-second-of-two"
NUMBERS = {1: "+551187654321", 2: "+97237654322"}


@pytest.fixture
def two(committed: Connection) -> Connection:
    """Businesses 1 and 2, each with a number."""
    committed.execute("insert into business (name, default_region) values ('Rival', 'IL')")
    for business_id, number in NUMBERS.items():
        committed.execute("insert into business_number values (%s, 'phone', %s)",
                          [business_id, number])  # fmt: skip
    return committed


@contextmanager
def serving(database: str, **environment: str) -> Iterator[TestClient]:
    """A server with these variables."""
    names = {f"ONETHREAD_{name}": value for name, value in environment.items()}
    settings = Settings.from_environment(environment=TOKEN | names)
    with TestClient(create_app(database, settings)) as client:
        yield client


def add(capsys: pytest.CaptureFixture[str], business_id: int, provider: str, *more: str) -> str:
    """The secret that `onethread webhook add` prints."""
    capsys.readouterr()
    assert (
        main(["webhook", "add", "--business", str(business_id), "--provider", provider, *more]) == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"/webhooks/{provider}/{business_id}")
    return lines[1].split()[1] if not more else ""


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def change(number: str, message_id: str, **metadata: str) -> dict[str, Any]:
    """A change of the Cloud API, of one of our numbers."""
    message = {"from": "972501111111", "id": message_id, "timestamp": "1780000000",
               "type": "text", "text": {"body": message_id}}  # fmt: skip
    value = {"messaging_product": "whatsapp", "messages": [message],
             "metadata": {"display_phone_number": number} | metadata}  # fmt: skip
    return {"field": "messages", "value": value}


def post_meta(client: TestClient, business_id: int, secret: str, *changes: Any) -> Any:
    body = json.dumps({"object": "x", "entry": [{"id": "1", "changes": list(changes)}]}).encode()
    return client.post(
        f"/webhooks/meta_cloud/{business_id}", content=body, headers=signed(body, secret)
    )


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    query = "select business_id, provider_message_id from whatsapp_message order by 1, 2"
    return connection.execute(query).fetchall()


def test_secret_opens_its_own_business_alone_when_it_is_added(
    database: str,
    two: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    secrets = {n: [add(capsys, n, "baileys") for _ in range(2)] for n in (1, 2)}
    assert len({*secrets[1], *secrets[2]}) == 4
    with serving(database, WEBHOOK_SECRET=COMMON) as client:
        for number, (business_id, each) in enumerate((b, s) for b in secrets for s in secrets[b]):
            for address in (1, 2):
                for headers in (
                    bearer(each),
                    {"Authorization": "Basic " + base64.b64encode(f"x:{each}".encode()).decode()},
                ):
                    answer = client.post(
                        f"/webhooks/baileys/{address}",
                        json=upsert(f"3EB0{number}", "x"),
                        headers=headers,
                    )
                    assert answer.status_code == (200 if address == business_id else 401)
            assert (
                client.post(
                    f"/webhooks/waha/{business_id}", json={}, headers=bearer(each)
                ).status_code
                == 401
            )
        # The common one is not the business's any more: it has its own.
        assert (
            client.post(
                "/webhooks/baileys/1", json=upsert("3EB09", "x"), headers=bearer(COMMON)
            ).status_code
            == 401
        )
    assert count(two) == 4
    hashes = {bytes(h) for (h,) in two.execute("select secret_hash from onethread.webhook")}
    assert hashes == {hashlib.sha256(s.encode()).digest() for b in secrets for s in secrets[b]}


def test_secret_opens_nothing_when_it_is_removed(
    database: str,
    two: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    old, new = add(capsys, 1, "evolution"), add(capsys, 1, "evolution")
    common = ["--business", "1", "--provider", "evolution"]
    assert main(["webhook", "remove", *common]) == 1
    assert "Say which" in capsys.readouterr().err
    assert main(["webhook", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert old not in str(listed) and [row["provider"] for row in listed] == ["evolution"] * 2
    assert main(["webhook", "remove", *common, str(listed[0]["id"])]) == 0
    with serving(database, WEBHOOK_SECRET=COMMON) as client:
        for secret, status in ((old, 401), (new, 200)):
            payload = {"event": "presence.update", "data": {}}
            assert (
                client.post(
                    "/webhooks/evolution/1", json=payload, headers=bearer(secret)
                ).status_code
                == status
            )
    assert main(["webhook", "remove", *common, "999"]) == 1
    assert main(["webhook", "remove", *common]) == 0
    assert main(["webhook", "remove", *common]) == 1
    assert main(["webhook", "add", "--business", "1", "--provider", "meta_cloud"]) == 1
    assert "ONETHREAD_BUSINESS_1_META_APP_SECRET" in capsys.readouterr().err
    assert main(["webhook", "add", "--business", "9", "--provider", "waha"]) == 1
    assert main(["webhook", "add", "--business", "1", "--provider", "nobody"]) == 1


def test_new_secret_is_known_soon_when_the_server_runs(
    database: str,
    two: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    settings = Settings.from_environment(environment=TOKEN, has_stored_secrets=True)
    with TestClient(create_app(database, settings)) as client:
        secret = add(capsys, 1, "baileys")
        assert (
            client.post("/webhooks/baileys/1", json={}, headers=bearer("x" * 43)).status_code == 401
        )
        secret = add(capsys, 1, "baileys")
        answers = set()
        for _ in range(60):
            answers.add(
                client.post(
                    "/webhooks/baileys/1", json=upsert("3EB01", "x"), headers=bearer(secret)
                ).status_code
            )
            if 200 in answers:
                break
            time.sleep(0.1)
        assert 200 in answers


def test_change_counts_for_the_business_that_registered_its_number_when_the_app_is_shared(
    database: str, two: Connection
) -> None:
    # The first is written as WhatsApp knows it, with the ninth digit that Brazil added.
    changes = [
        change("5511987654321", "a"),
        change("972 3-765-4322", "b"),
        change("15550000001", "c"),
    ]
    with serving(database, META_APP_SECRET=APP) as client:
        for business_id, own in ((1, "a"), (2, "b")):
            answer = post_meta(client, business_id, APP, *changes)
            assert answer.status_code == 200
            assert (answer.json()["messages"], answer.json()["foreign"]) == (1, 2), answer.text
            assert (business_id, own) in stored(two)
        for nobody in (1, 2):
            answer = post_meta(client, nobody, APP, changes[2])
            assert (answer.status_code, "number or instance" in answer.json()["detail"]) == (
                404,
                True,
            )
    assert stored(two) == [(1, "a"), (2, "b")]
    assert count(two, "onethread.webhook_reject") == 0


def test_change_counts_for_the_business_that_registered_its_instance(
    database: str,
    two: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    add(capsys, 1, "meta_cloud", "--instance", "1055")
    add(capsys, 2, "wppconnect", "--instance", "shop2")
    with serving(database, META_APP_SECRET=APP, WEBHOOK_SECRET=COMMON) as client:
        changes = [change("15550000001", "a", phone_number_id="1055"),
                   change("15550000002", "b", phone_number_id="1056")]  # fmt: skip
        answer = post_meta(client, 1, APP, *changes)
        assert (answer.json()["messages"], answer.json()["foreign"]) == (1, 1)
        assert post_meta(client, 2, APP, *changes).status_code == 404
        for session, address, status in (("shop2", 2, 200), ("shop2", 1, 404), ("shop1", 2, 404)):
            payload = {"event": "status-find", "session": session}
            answer = client.post(
                f"/webhooks/wppconnect/{address}", json=payload, headers=bearer(COMMON)
            )
            assert answer.status_code == status, (session, address)


def test_secret_of_one_gateway_forges_nothing_of_another_business(
    database: str, two: Connection
) -> None:
    """A common secret, and a payload that does not say of which account it is."""
    forged = upsert("3EB0FORGED01", "forged", fromMe=True)
    pair = {
        "event": "lid-mapping.update",
        "data": {"lid": "1@lid", "pn": "972501111111@s.whatsapp.net"},
    }
    with serving(database, WEBHOOK_SECRET=COMMON) as client:
        for payload in (forged, pair, [forged, pair]):
            for address in (1, 2):
                answer = client.post(
                    f"/webhooks/baileys/{address}", json=payload, headers=bearer(COMMON)
                )
                assert answer.status_code == 404
        answer = client.post("/webhooks/baileys/1", content=b"{no json", headers=bearer(COMMON))
        assert answer.status_code == 404
    assert count(two) == count(two, "whatsapp_identity_evidence") == 0


def test_key_is_the_businesss_own_when_it_is_set_for_it(database: str, two: Connection) -> None:
    keys = {
        "BUSINESS_1_META_APP_SECRET": f"{APP}-new {APP}",
        "BUSINESS_2_META_APP_SECRET": OTHER_APP,
    }
    with serving(database, **keys, META_APP_SECRET=COMMON) as client:
        for secret, owner in ((APP, 1), (f"{APP}-new", 1), (OTHER_APP, 2), (COMMON, None)):
            for address in (1, 2):
                # An own number that nobody registered is taken: the secret is the business's.
                answer = post_meta(client, address, secret, change("15550000001", f"{secret}"))
                assert answer.status_code == (200 if address == owner else 401)


def test_key_is_shared_when_two_businesses_have_the_same(database: str, two: Connection) -> None:
    keys = {"BUSINESS_1_META_APP_SECRET": APP, "BUSINESS_2_META_APP_SECRET": APP}
    with serving(database, **keys) as client:
        assert post_meta(client, 1, APP, change(NUMBERS[1], "a")).status_code == 200
        assert post_meta(client, 1, APP, change(NUMBERS[2], "b")).status_code == 404
    assert stored(two) == [(1, "a")]


def test_one_variable_is_enough_when_there_is_one_business(
    database: str, committed: Connection
) -> None:
    with serving(database, META_APP_SECRET=APP, WEBHOOK_SECRET=COMMON) as client:
        assert post_meta(client, 1, APP, change("15550000001", "a")).json()["messages"] == 1
        answer = client.post(
            "/webhooks/baileys/1", json=upsert("3EB01", "x"), headers=bearer(COMMON)
        )
        assert answer.json()["messages"] == 1


def test_keys_are_read_from_a_folder_of_files(
    database: str, two: Connection, tmp_path: Path
) -> None:
    (tmp_path / "ONETHREAD_BUSINESS_2_META_APP_SECRET").write_text(f"{OTHER_APP}\n")
    (tmp_path / "ONETHREAD_META_APP_SECRET").write_text("of-a-file-and-not-of-the-environment")
    with serving(database, SECRETS_DIR=str(tmp_path), META_APP_SECRET=APP) as client:
        assert post_meta(client, 2, OTHER_APP, change(NUMBERS[2], "a")).status_code == 200
        assert post_meta(client, 1, APP, change(NUMBERS[1], "b")).status_code == 200


def test_verify_token_is_the_businesss_own_when_it_is_set_for_it(
    database: str, two: Connection
) -> None:
    tokens = {"BUSINESS_2_META_VERIFY_TOKEN": OTHER_APP, "META_VERIFY_TOKEN": COMMON}
    with serving(database, **tokens) as client:
        for token, business_id, status in ((OTHER_APP, 2, 200), (COMMON, 2, 403), (COMMON, 1, 200)):
            query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"}
            assert (
                client.get(f"/webhooks/meta_cloud/{business_id}", params=query).status_code
                == status
            )


def sign(provider: str, body: bytes, secret: str, path: str) -> dict[str, str]:
    """As the provider proves that it knows the secret."""
    if provider == "meta_cloud":
        return signed(body, secret)
    if provider == "twilio":
        fields = sorted(load("twilio", "message").items())
        text = f"http://testserver{path}" + "".join(name + value for name, value in fields)
        digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return form | {"X-Twilio-Signature": base64.b64encode(digest).decode()}
    if provider == "waha":
        return {"X-Webhook-Hmac": hmac.new(secret.encode(), body, "sha512").hexdigest()}
    return bearer(secret) if provider != "baileys_api" else {}


def test_no_secret_is_in_the_database_and_none_opens_another_business_after_a_day(
    database: str,
    two: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every provider's payloads, with the secrets in all the fields where gateways put them."""
    monkeypatch.setenv("DATABASE_URL", database)
    keys = {"meta_cloud": "META_APP_SECRET", "twilio": "TWILIO_AUTH_TOKEN", "waha": "WAHA_HMAC_KEY"}
    secrets: dict[tuple[str, int], str] = {}
    environment = {
        "API_TOKEN": "api-token-of-this-test-0123",
        "AUTH_TOKEN": "auth-token-of-this-test",
    }
    for provider in PROVIDER_NAMES:
        for business_id in (1, 2):
            if provider in keys:
                secret = f"key-of-{provider.replace('_', '-')}-{business_id}-0123456789"
                environment[f"BUSINESS_{business_id}_{keys[provider]}"] = secret
            else:
                secret = add(capsys, business_id, provider)
            secrets[provider, business_id] = secret
    fixtures = {
        provider: sorted(Path(f"tests/fixtures/{provider}").glob("*.json"))
        for provider in PROVIDER_NAMES
    }
    with serving(database, **environment) as client:
        for (provider, owner), secret in secrets.items():
            path = f"/webhooks/{provider}"
            known = [
                {"event": "never.heard.of", "data": {}},
                *(json.loads(p.read_text()) for p in fixtures[provider]),
            ]
            for payload in known:
                if isinstance(payload, dict) and provider != "twilio":
                    names = ("apikey", "webhookVerifyToken", "token", "secret")
                    payload |= dict.fromkeys(names, secret)
                    payload["headers"] = {"Authorization": f"Bearer {secret}"}
                    payload["url"] = f"https://x:{secret}@here/"
                body = json.dumps(payload).encode()
                if provider == "twilio":
                    body = urlencode(load("twilio", "message")).encode()
                for address in (1, 2):
                    target = f"{path}/{address}"
                    answer = client.post(
                        target, content=body, headers=sign(provider, body, secret, target)
                    )
                    assert answer.status_code == (200 if address == owner else 401), (
                        target,
                        answer.text,
                    )
    dump = subprocess.run(
        [program("pg_dump", database), database], capture_output=True, check=True
    ).stdout
    assert b"Hi" in dump or len(dump) > 100_000
    configured = [*secrets.values(), *environment.values()]
    assert [secret for secret in configured if secret.encode() in dump] == []
