"""whatsapp_identifier(): what an address identifies."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Connection
from tests.sql.query import rows, scalar

Identifier = tuple[str | None, str | None]
NOBODY: Identifier = (None, None)

PHONE: Identifier = ("phone", "+972501234567")
GROUP_ID = "120363000000000001"

JIDS: list[tuple[str, Identifier]] = [
    # Every server.
    ("972501234567@s.whatsapp.net", PHONE),
    ("972501234567@c.us", PHONE),
    ("972501234567@hosted", PHONE),
    ("123456789012345@lid", ("lid", "123456789012345")),
    ("123456789012345@hosted.lid", ("lid", "123456789012345")),
    (f"{GROUP_ID}@g.us", ("group", GROUP_ID)),
    ("972501234567-1600000000@g.us", ("group", "972501234567-1600000000")),
    ("status@broadcast", ("broadcast", "status")),
    ("1600000000@broadcast", ("broadcast", "1600000000")),
    ("120363000000000002@newsletter", ("newsletter", "120363000000000002")),
    ("867000000000001@bot", ("other", "867000000000001")),
    ("1234567@interop", ("other", "1234567")),
    ("1234567@msgr", ("other", "1234567")),
    ("ABCDEF0123456789@call", ("other", "ABCDEF0123456789")),
    # The server decides, never the digits: this LID is a valid US number too.
    ("13649439626@lid", ("lid", "13649439626")),
    ("13649439626@c.us", ("phone", "+13649439626")),
    # Device and agent.
    ("972501234567:12@s.whatsapp.net", PHONE),
    ("972501234567_1@s.whatsapp.net", PHONE),
    ("972501234567_1:12@s.whatsapp.net", PHONE),
    ("972501234567.0:99@hosted", PHONE),
    ("972501234567.13@c.us", PHONE),
    ("123456789012345:99@lid", ("lid", "123456789012345")),
    ("123456789012345_1:2@lid", ("lid", "123456789012345")),
    # LIDs as text: backwards, with a leading zero, with a dot.
    ("lid@123456789012345", ("lid", "123456789012345")),
    ("012345678901234@lid", ("lid", "012345678901234")),
    ("12345.6789@lid", ("lid", "12345.6789")),
    ("12345.6789:25@lid", ("lid", "12345.6789")),
    # Prefix and surroundings.
    ("whatsapp:972501234567@s.whatsapp.net", PHONE),
    (" 972501234567@s.whatsapp.net\r\n", PHONE),
    ("\u200e972501234567@c.us\u200f", PHONE),
    ("\ufeff\u202a123456789012345@lid\u202c", ("lid", "123456789012345")),
    # Accounts behind which WhatsApp itself answers.
    ("0@s.whatsapp.net", ("other", "0")),
    ("0@c.us", ("other", "0")),
    ("server@c.us", ("other", "server")),
    ("16505361212@s.whatsapp.net", ("other", "16505361212")),
    ("13135550002@s.whatsapp.net", ("other", "13135550002")),
    ("13165550012@c.us", ("other", "13165550012")),
    # Not an address.
    ("972501234567@example.com", NOBODY),
    ("972501234567@", NOBODY),
    ("@s.whatsapp.net", NOBODY),
    ("@g.us", NOBODY),
    ("@lid", NOBODY),
    ("lid@", NOBODY),
    ("lid@12a", NOBODY),
    ("abc@lid", NOBODY),
    ("abc@c.us", NOBODY),
    ("0501234567@c.us", NOBODY),
    ("1234567890123456@s.whatsapp.net", NOBODY),
    ("12.34.56@lid", NOBODY),
    ("a@b@c.us", NOBODY),
    ("972501234567@s.whatsapp.net@lid", NOBODY),
    ("@somebody", NOBODY),
]


@pytest.mark.parametrize(("raw", "expected"), JIDS)
@pytest.mark.parametrize("region", [None, "IL"])
def test_kind_follows_server_when_jid(
    connection: Connection, raw: str, expected: Identifier, region: str | None
) -> None:
    assert identify(connection, raw, region) == expected


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        # Bare digits: international without a region, the business's plan with one.
        ("972501234567", None, PHONE),
        ("0501234567", "IL", PHONE),
        ("501234567", "IL", PHONE),
        ("972501234567", "IL", PHONE),
        ("0501234567", None, NOBODY),
        ("031234567", "IL", ("phone", "+97231234567")),
        ("551187654321", None, ("phone", "+551187654321")),
        # A foreign number is not read into the region.
        ("16505551234", "IL", ("phone", "+16505551234")),
        ("5215512345678", None, ("phone", "+5215512345678")),
        # As people write it.
        ("050-123-4567", "IL", PHONE),
        ("(050) 123 4567", "IL", PHONE),
        ("+972 50-123-4567", None, PHONE),
        ("+972-50-123-4567", "BR", PHONE),
        ("00972501234567", "IL", PHONE),
        ("\u2066050-1234567\u2069\n", "IL", PHONE),
        ("050\u2011123\u20114567", "IL", PHONE),
        # The plans do not know these; WhatsApp has such accounts.
        ("+5215512345678", None, ("phone", "+5215512345678")),
        ("+5215512345678", "IL", ("phone", "+5215512345678")),
        ("+52 1 55 1234 5678", "IL", ("phone", "+5215512345678")),
        ("+551187654321", "IL", ("phone", "+551187654321")),
        ("whatsapp:+972501234567", None, PHONE),
        ("WhatsApp:+972501234567", "IL", PHONE),
        # Service numbers.
        ("+13135550002", None, ("other", "13135550002")),
        ("16505361212", None, ("other", "16505361212")),
        ("0", None, NOBODY),
    ],
)
def test_phone_is_read_when_typed(
    connection: Connection, raw: str, region: str | None, expected: Identifier
) -> None:
    assert identify(connection, raw, region) == expected


@pytest.mark.parametrize("region", [None, "IL"])
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("US.13490000000000000918", ("bsuid", "US.13490000000000000918")),
        ("IL.AbC123", ("bsuid", "IL.AbC123")),
        ("US.ENT.11810000000000000830", ("bsuid", "US.ENT.11810000000000000830")),
        ("whatsapp:IL.2080000000000942", ("bsuid", "IL.2080000000000942")),
        ("bsuid:IL.2080000000000942", ("bsuid", "IL.2080000000000942")),
        ("lid-123456789012345", ("lid", "123456789012345")),
        ("bot-867000000000001", ("other", "867000000000001")),
        ("Y2FwaV9ncm91cDoxMjM0NTY3", ("group", "Y2FwaV9ncm91cDoxMjM0NTY3")),
        ("120363019502650977-group", ("group", "120363019502650977")),
        ("554499999999-1410000000-group", ("group", "554499999999-1410000000")),
        ("us.13490000000000000918", NOBODY),
        ("USA.13490000000000000918", NOBODY),
        ("US.", NOBODY),
        ("US." + "1" * 129, NOBODY),
        ("US." + "1" * 128, ("bsuid", "US." + "1" * 128)),
        ("US.ENT." + "1" * 128, ("bsuid", "US.ENT." + "1" * 128)),
        ("US.ENT." + "1" * 129, NOBODY),
        ("US.ENT.", NOBODY),
        ("US.ENT", ("bsuid", "US.ENT")),
    ],
)
def test_account_id_is_read_when_it_has_no_server(
    connection: Connection, raw: str, expected: Identifier, region: str | None
) -> None:
    assert identify(connection, raw, region) == expected


@pytest.mark.parametrize("region", [None, "IL"])
@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "   ",
        "\u200e\u200f",
        "Unknown",
        "Dana Levi",
        "דנה לוי",
        "my.id",
        "foo_bar",
        "@",
        "@@",
        "+",
        "97250x",
        "not a number",
        "3EB0C431C26A1916E07A",
        "wamid.HBgMOTcyNTAxMjM0NTY3FQIAEhgg",
        "true_972501234567@c.us_3EB0C431C26A1916E07A",
        "false_123456789012345@lid_3EB0C431C26A1916E07A",
        "d9428888-122b-11e1-b85c-61cd3cbb3210",
        "9" * 40,
        "+" + "9" * 40,
        "1" * 256,
        "1" * 250 + "@g.us\u00e9",
        "1" * 251 + "@g.us",
        "😀",
        "'; drop table whatsapp_message; --",
    ],
)
def test_nobody_is_identified_when_text_is_no_address(
    connection: Connection, raw: str | None, region: str | None
) -> None:
    assert identify(connection, raw, region) == NOBODY


def test_longest_address_is_read_when_it_has_255_characters(connection: Connection) -> None:
    assert identify(connection, "1" * 250 + "@g.us", None) == ("group", "1" * 250)


SERVERS = ["@", "@lid", "@c.us", "@s.whatsapp.net", "@g.us", "lid@", "whatsapp:", "US.", "ENT."]
MARKS = ["+", "00", "0", "972", "501234567", ":", "_", ".", "-", "x", "\u0663", "\uff11", "(", "\n"]
FRAGMENTS = st.sampled_from([*SERVERS, *MARKS])
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300),
    st.lists(FRAGMENTS, max_size=8).map("".join),
)
KINDS = {"phone", "lid", "bsuid", "group", "broadcast", "newsletter", "other"}


@given(raw=TEXTS, region=st.sampled_from([None, "IL", "US", "BR", "IT", "ZZ"]))
@settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_result_is_well_formed_when_text_is_arbitrary(
    connection: Connection, raw: str, region: str | None
) -> None:
    kind, value = identify(connection, raw, region)

    assert (kind is None) == (value is None)
    assert kind is None or kind in KINDS
    if kind == "phone":
        assert value is not None
        assert value[0] == "+" and value[1:].isascii() and value[1:].isdigit() and value[1] != "0"
    if value is not None:
        assert value and len(value) <= 255


def identify(connection: Connection, raw: str | None, region: str | None) -> Identifier:
    """What the function says."""
    [row] = rows(connection, "select * from onethread.whatsapp_identifier(%s, %s)", raw, region)
    return row.kind, row.value


def test_plain_phone_is_what_the_long_way_says_when_not_null(connection: Connection) -> None:
    """Every beginning of up to four digits at every length, and WhatsApp's own accounts."""
    [result] = rows(
        connection,
        """
        with written (text, address) as (
          select
            w.text,
            case
              when onethread.is_wa_id(n.digits) then onethread.number_address('+' || n.digits)
            end
          from (
            select rpad(lpad(i::text, width, '0'), length, '5312609')
            from generate_series(1, 4) as width
            cross join generate_series(width, 16) as length
            cross join generate_series(0, (10 ^ width)::int - 1) as i
            union all
            values ('13135550002'), ('13165550012'), ('16505361212')
          ) n (digits)
          cross join lateral (
            values (n.digits || '@s.whatsapp.net'), (n.digits || '@c.us'), (n.digits)
          ) w (text)
        ),
        plain (text, phone, address) as (
          select w.text, onethread.plain_phone(w.text, true), w.address from written w
        )
        select
          count(*) as texts,
          array_agg(p.text) filter (
            where p.address is distinct from
              row('phone', '', p.phone, p.phone)::onethread.whatsapp_address
          ) as wrong
        from plain p
        where p.phone is not null
        """,
    )
    assert result.wrong is None
    assert result.texts > 200_000


@pytest.mark.parametrize(
    ("text", "is_international", "phone"),
    [
        ("972501234567@s.whatsapp.net", False, "+972501234567"),
        ("972501234567@c.us", False, "+972501234567"),
        ("972501234567", True, "+972501234567"),
        ("972501234567", False, None),
        ("972501234567@lid", True, None),
        ("972501234567@s.whatsapp.net@lid", True, None),
        ("972501234567:12@s.whatsapp.net", True, None),
        ("@s.whatsapp.net", True, None),
        ("+972501234567", True, None),
        (" 972501234567", True, None),
        ("9725012345678901", True, None),
        ("0501234567", True, None),
        ("", True, None),
        (None, True, None),
    ],
)
def test_plain_phone_is_null_when_text_is_not_plain(
    connection: Connection, text: str | None, is_international: bool, phone: str | None
) -> None:
    assert (
        scalar(connection, "select onethread.plain_phone(%s, %s)", text, is_international) == phone
    )
