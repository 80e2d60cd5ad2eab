"""People with valid numbers of many countries, how their addresses are spelled, their messages."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import phonenumbers
import psycopg
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# The first ones of a run over one or ten regions; after them the others by name.
_FIRST_REGIONS = ["IL", "US", "BR", "MX", "AR", "DE", "IN", "GB", "NG", "ID"]
BODY = "Hello, is my appointment tomorrow still at ten? I may be a little late."
PAYLOAD = (
    b'{"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": '
    b'[{"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": '
    b'{"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}, "contacts": '
    b'[{"profile": {"name": "Dana Levi"}, "wa_id": "972501234567"}], "messages": [{"from": '
    b'"972501234567", "id": "wamid.HBgLOTcyNTAxMjM0NTY3FQIAEhgUM0E%b", "timestamp": "1780000000", '
    b'"type": "text", "text": {"body": "Hello, is my appointment tomorrow still at ten? I may be a '
    b'little late."}}]}}]}]}'
)
"""A webhook as a provider posts it, some 600 characters; %b: the message's id."""

SPELLINGS = {
    "jid": "JIDs",
    "e164": "E.164",
    "national": "national spellings",
    "bsuid": "BSUID and phone",
    "lid": "LID and phone",
}
"""Ways to write an address; the last two are two identifiers a message."""


@dataclass(frozen=True)
class Person:
    """A phone, and the business that person writes to: one a region."""

    business_id: int
    region: str
    phone: phonenumbers.PhoneNumber
    number: int
    """Position among the people of the region."""

    def address(self, spelling: str) -> str:
        """The address of a message."""
        if spelling == "e164":
            return f"+{self._digits}"
        if spelling == "national":
            text = phonenumbers.format_number(self.phone, PhoneNumberFormat.NATIONAL)
            # Every other one is typed without punctuation.
            is_plain = self.number % 2 == 0
            return "".join(filter(str.isdigit, text)) if is_plain else text
        if spelling == "lid":
            return f"9{self._digits:0>14}@lid"
        if spelling == "bsuid":
            return f"{self.region}.{self._digits:0>18}"
        return f"{self._digits}@s.whatsapp.net"

    def alias(self, spelling: str) -> str | None:
        """The other identifier of a message that has two: the phone, as gateways write it."""
        return f"{self._digits}@s.whatsapp.net" if spelling in ("lid", "bsuid") else None

    @property
    def _digits(self) -> str:
        return f"{self.phone.country_code}{self.phone.national_number}"


class Population:
    """Gives out people, each once."""

    def __init__(self, connection: psycopg.Connection[Any], regions: int = 1) -> None:
        names = [*_FIRST_REGIONS, *sorted(phonenumbers.SUPPORTED_REGIONS - {*_FIRST_REGIONS})]
        sources = []
        for region in names[:regions]:
            [(business_id,)] = connection.execute(
                "insert into public.business (name, default_region) values (%s, %s) returning id",
                [f"Business in {region}", region],
            ).fetchall()
            sources.append(_people_of(business_id, region))
        # Round robin, so that every region has its share.
        self._people = itertools.chain.from_iterable(zip(*sources, strict=False))

    def take(self, count: int) -> list[Person]:
        """People who have not been given out before."""
        return list(itertools.islice(self._people, count))


def _people_of(business_id: int, region: str) -> Iterator[Person]:
    """Valid numbers: the last digits of the region's example number, changed."""
    example = phonenumbers.example_number_for_type(
        region, PhoneNumberType.MOBILE
    ) or phonenumbers.example_number(region)
    assert example is not None and example.national_number is not None
    changed = min(6, len(str(example.national_number)) - 2)
    first = example.national_number // 10**changed * 10**changed
    for number in range(10**changed):
        phone = phonenumbers.PhoneNumber(
            country_code=example.country_code,
            # A step that shares no factor with 10 visits every number, and not in order.
            national_number=first + number * 7919 % 10**changed,
            italian_leading_zero=example.italian_leading_zero,
        )
        if phonenumbers.is_valid_number(phone):
            yield Person(business_id, region, phone, number)


@dataclass(frozen=True)
class Message:
    """A message as all contestants write it, and where it belongs: what only the floor is told."""

    business_id: int
    address: str
    alias: str | None
    conversation_id: int = 0
    identity_id: int = 0
    has_payload: bool = False

    def columns(self) -> list[bytes | None]:
        """business_id, address, alias, body, provider_message_id, payload; the id is a new one."""
        id_ = new_message_id().encode()
        return [
            b"%d" % self.business_id,
            self.address.encode(),
            None if self.alias is None else self.alias.encode(),
            BODY.encode(),
            id_,
            PAYLOAD % id_ if self.has_payload else None,
        ]

    def link(self) -> list[bytes | None]:
        """conversation_id, identity_id."""
        return [b"%d" % self.conversation_id, b"%d" % self.identity_id]


def new_message(person: Person, spelling: str) -> Message:
    """A message of which nothing but the address is known."""
    return Message(person.business_id, person.address(spelling), person.alias(spelling))


def new_message_id() -> str:
    """An id as a provider makes it: nothing in it tells which came first."""
    return f"3EB0{_message_ids.getrandbits(64):016X}"


_message_ids = random.Random(2)
