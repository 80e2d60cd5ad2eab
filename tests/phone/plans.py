"""Numbering plans that are not those of the installed phonenumbers."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import psycopg
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from phone_generator.metadata import Metadata, installed_metadata
from phone_generator.render import generated_files

FOLDER = Path(__file__).parent
_TEXTS = (
    "country_code", "international_prefix", "national_prefix_for_parsing",
    "national_prefix_transform_rule", "leading_digits",
)  # fmt: skip


def unit_test_metadata() -> Metadata:
    """The plans that libphonenumber's own unit tests are about."""
    content = json.loads((FOLDER / "libphonenumber_plans.json").read_text("utf-8"))
    return Metadata(
        "0.0.0",
        {name: _plan(name, plan) for name, plan in content["plans"].items()},
        {int(code): tuple(names) for code, names in content["regions_of_code"].items()},
    )


def _plan(name: str, content: dict[str, Any]) -> PhoneMetadata:
    fields = {
        field: value if field in _TEXTS else _description(value) for field, value in content.items()
    }
    return PhoneMetadata(
        id=name if not name.isdigit() else "001",
        **{"general_desc": PhoneNumberDesc(), **fields},
        register=False,
    )


def _description(content: dict[str, Any]) -> PhoneNumberDesc:
    return PhoneNumberDesc(
        national_number_pattern=content.get("pattern"),
        possible_length=tuple(content.get("lengths", ())),
        possible_length_local_only=tuple(content.get("local_lengths", ())),
    )


def another_version(version: str, changes: dict[str, dict[str, Any]]) -> Metadata:
    """The installed metadata with some fields of some plans changed."""
    installed = installed_metadata()
    plans = dict(installed.plans)
    for name, fields in changes.items():
        plans[name] = copy.copy(plans[name])
        for field, value in fields.items():
            # Its class refuses to be changed.
            object.__setattr__(plans[name], field, value)
    return Metadata(version, plans, installed.regions_of_code)


def load_plans(connection: psycopg.Connection[Any], metadata: Metadata) -> None:
    """Gives the database the phone functions of these plans."""
    for name, text in generated_files(metadata).items():
        if name.endswith(".sql"):
            connection.execute(text.encode())
