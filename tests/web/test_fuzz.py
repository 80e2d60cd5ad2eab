"""The HTTP surface under whatever anybody sends: no 500, no traceback, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import psycopg
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_postgresql.executors import NoopExecutor
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from onethread.database.text import storable_text
from onethread.providers import PROVIDERS
from onethread.web import create_app
from onethread.web.keys import WebhookKeys
from tests.server import cloned
from tests.web.conftest import LOCAL, SETTINGS
from tests.web.test_serve import serving


@pytest.fixture(scope="module")
def open_database(postgresql_noproc: NoopExecutor) -> Iterator[str]:
    """A database with business 1, for all examples."""
    with cloned(postgresql_noproc) as uri:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("insert into business (name, default_region) values ('Fuzz', 'IL')")
        yield uri


@pytest.fixture(scope="module")
def described(open_database: str) -> Iterator[schemathesis.BaseSchema]:
    """What the running server says of itself."""
    with serving(open_database, "--insecure") as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


def test_answer_is_as_described_when_requests_are_made_up(
    described: schemathesis.BaseSchema,
) -> None:
    """Schemathesis makes them up, from the description alone."""
    for operation in described.get_all_operations():

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.ok().as_strategy())
        def check(case: schemathesis.Case) -> None:
            # A cursor is a text, but not any text: 400 is right for what the description allows.
            # This server is open to everybody: test_api.py asks each route without the token.
            case.call_and_validate(excluded_checks=[ignored_auth, positive_data_acceptance])

        check()


@pytest.fixture(scope="module")
def fuzzed(open_database: str) -> Iterator[TestClient]:
    """A client of an application that would pass an exception on instead of answering 500."""
    open_to_all = replace(SETTINGS, is_insecure=True, keys=WebhookKeys(), api_token="")
    with TestClient(create_app(open_database, open_to_all), LOCAL) as client:
        yield client


FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "data",
                    "key",
                    "id",
                    "remoteJid",
                    "message",
                    "messages",
                    "entry",
                    "changes",
                    "value",
                    "statuses",
                    "contacts",
                    "from",
                    "type",
                    "timestamp",
                    "messageTimestamp",
                    "conversation",
                    "participant",
                    "remoteJidAlt",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@FUZZ
@given(
    provider=st.sampled_from(sorted(PROVIDERS)) | st.text(max_size=10),
    business=st.sampled_from(["1", "2", "x", "-1", "9" * 30, "1e3"]),
    body=st.binary(max_size=300) | ANY_JSON.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"]),
)
def test_nothing_is_lost_when_a_webhook_is_fuzzed(
    fuzzed: TestClient, open_database: str, provider: str, business: str, body: bytes, kind: str
) -> None:
    path = f"/webhooks/{quote(provider.encode('utf-8', 'replace'), safe='') or '-'}/{business}"
    answer = fuzzed.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (200, 404, 405, 422), answer.text
    taken = answer.json()
    if answer.status_code == 200 and (taken["rejected"] or taken["unread"]):
        with psycopg.connect(open_database) as connection:
            kept = connection.execute("select payload from onethread.webhook_reject").fetchall()
        text = storable_text(body.decode("utf-8", "replace").removeprefix("\ufeff"))
        assert kind == "application/x-www-form-urlencoded" or (text,) in kept


@FUZZ
@given(
    address=st.text(max_size=60) | st.from_regex(r"[+0-9@a-z.:_-]{1,40}", fullmatch=True),
    query=st.fixed_dictionaries(
        {"business_id": st.sampled_from(["1", "0", "x", "", "9" * 40]) | st.text(max_size=8)},
        optional={
            "before": st.text(max_size=30)
            | st.from_regex(r"[0-9]{4}-[01][0-9]-01/-?[0-9]{1,20}", fullmatch=True),
            "limit": st.integers().map(str) | st.text(max_size=5),
        },
    ),
)
def test_answer_is_never_500_when_a_read_is_fuzzed(
    fuzzed: TestClient, address: str, query: dict[str, str]
) -> None:
    encodable = address.encode("utf-8", "replace")
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    answer = fuzzed.get(f"/api/v1/thread/{quote(encodable, safe='')}", params=query)
    assert answer.status_code in (200, 400, 404, 422), answer.text
    assert answer.json()
