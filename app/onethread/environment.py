"""Every setting that is read from the environment, with its type and what it means.

The environment wins over a file .env in the working directory, and that over the folder of
ONETHREAD_SECRETS_DIR, which has a file for each variable, called as the variable is.
docs/reference/settings.md is made from these classes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from onethread.errors import OnethreadError

_PREFIX = "ONETHREAD_"
_BUSINESS = re.compile(rf"{_PREFIX}BUSINESS_(\d+)_(\w+)")
_BODY = re.compile(rf"{_PREFIX}MAX_BODY_MB_(\w+)")

Megabytes = Annotated[int, Field(ge=1, le=1000)]
Words = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda given: tuple(given.split()) if isinstance(given, str) else given),
]
"""One or several, with blanks between them."""


class OfBusiness(BaseModel):
    """What a business may also have for itself, as ONETHREAD_BUSINESS_7_META_APP_SECRET."""

    model_config = ConfigDict(use_attribute_docstrings=True, str_strip_whitespace=True)

    gowa_webhook_secret: Words = ()
    """Key of GOWA's webhooks (its `WHATSAPP_WEBHOOK_SECRET`)."""
    meta_app_secret: Words = ()
    """Key of the Cloud API's webhooks."""
    meta_verify_token: Words = ()
    """What the Meta app sends when it verifies the webhook's address."""
    twilio_auth_token: Words = ()
    """Key of Twilio's webhooks; needs `ONETHREAD_PUBLIC_URL`."""
    waha_hmac_key: Words = ()
    """Key of WAHA's webhooks (its hmac setting)."""
    evolution_url: str = ""
    """Sending through Evolution API: its address."""
    evolution_instance: str = ""
    """The instance to send from."""
    evolution_api_key: str = ""
    """The key of Evolution API."""
    evolution_own_number: str = ""
    """The number of that instance, with + and country code."""
    meta_phone_number_id: str = ""
    """Sending through the Cloud API: Meta's id of the number to send from."""
    meta_access_token: str = ""
    """A token that may send from that number."""
    meta_own_number: str = ""
    """That number itself, with + and country code."""
    meta_business_account_id: str = ""
    """The WhatsApp business account that has the templates."""
    meta_url: str = ""
    """Another address of the Cloud API, with its version."""


class Environment(OfBusiness, BaseSettings):
    """The settings of all programs of Onethread."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", case_sensitive=True)

    database_url: str = ""
    """The database: `postgresql://user:password@host:port/database`, as libpq or SQLAlchemy
    (`postgresql+psycopg://`) write it. It is never printed."""
    prepare: Literal["on", "off"] = "on"
    """`off`: no statement is prepared, for a pooler that gives each transaction another session."""
    shards: Words = ()
    """The names of the shards, when `DATABASE_URL` is a router."""
    home: str = ""
    """Folder of the embedded server; else the user's data folder, as root `/var/lib/onethread`."""
    secrets_dir: str = ""
    """A folder with a file for each variable that is not in the environment."""
    api_token: str = ""
    """What programs that use the HTTP API send as bearer token."""
    metrics_token: str = ""
    """What Prometheus sends as bearer token to read `/metrics`."""
    auth_token: str = ""
    """The password of the inbox."""
    trusted_header: str = ""
    """The header in which a proxy names the user of the inbox; nobody but the proxy may reach the
    server."""
    public_url: str = ""
    """The server's address as providers see it, without a path: `https://crm.example`."""
    webhook_secret: Words = ()
    """The secret of webhooks whose provider sends it as it is, for businesses without one of their
    own."""
    max_body_mb: Megabytes = 5
    """How large a webhook may be to be stored with the files in it."""
    body_mb: Annotated[dict[str, Megabytes], Field(default_factory=dict)]
    """The same for one provider, as `ONETHREAD_MAX_BODY_MB_EVOLUTION`."""
    businesses: Annotated[dict[int, OfBusiness], Field(default_factory=dict)]
    """What a business has for itself."""

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """The settings of this process, which are read once; of these variables alone, when they
        are given.

        Raises:
            OnethreadError: one cannot be read; its value is not told.
        """
        if variables is not None:
            return cls._read(variables, None)
        return _read_once(tuple(os.environ.items()))

    @classmethod
    def _read(cls, variables: Mapping[str, str], file: str | None) -> Environment:
        options: dict[str, Any] = {"variables": variables, "_env_file": file}
        try:
            return cls(**options)
        except UnicodeDecodeError as error:
            raise OnethreadError(f"cannot read {file}: {error}", "It is UTF-8.") from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise OnethreadError(
                f"{variable_name(*first['loc'])}: {first['msg']}",
                "docs/reference/settings.md lists all settings.",
            ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The three places as one: a variable's name may have a number or a provider in it."""
        assert isinstance(init_settings, InitSettingsSource)
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        found = dict(dotenv_settings.env_vars)
        for name, value in init_settings.init_kwargs["variables"].items():
            found[name] = value if value.strip() else found.get(name)
        folder = found.get(variable_name("secrets_dir")) or ""
        values = _sort(_read_folder(folder.strip()) | {n: v for n, v in found.items() if v})
        return (InitSettingsSource(settings_cls, values),)


@lru_cache(maxsize=1)
def _read_once(variables: tuple[tuple[str, str], ...]) -> Environment:
    file = ".env" if os.access(".env", os.R_OK) else None  # the folder may be gone, or root's
    return Environment._read(dict(variables), file)


def variable_name(field: object, *more: object) -> str:
    """What the variable of a field is called; more: of which business or provider."""
    if field == "database_url":
        return "DATABASE_URL"
    names = {"body_mb": "max_body_mb", "businesses": "business"}
    return _PREFIX + "_".join(map(str, [names.get(str(field), field), *more])).upper()


def _sort(variables: Mapping[str, str]) -> dict[str, Any]:
    """The values of the fields."""
    fields = Environment.model_fields.keys() - {"body_mb", "businesses"}
    values: dict[str, Any] = {
        field: variables[name] for field in fields if (name := variable_name(field)) in variables
    }
    for name, value in variables.items():
        if match := _BUSINESS.fullmatch(name):
            business = values.setdefault("businesses", {}).setdefault(match[1], {})
            business[match[2].lower()] = value
        elif match := _BODY.fullmatch(name):
            values.setdefault("body_mb", {})[match[1].lower()] = value
    return values


def _read_folder(folder: str) -> dict[str, str]:
    if not folder:
        return {}
    try:
        return {
            path.name: text
            for path in Path(folder).iterdir()
            if path.name.startswith(_PREFIX) and path.is_file()
            if (text := path.read_text("utf-8").strip())
        }
    except (OSError, UnicodeDecodeError) as error:
        raise OnethreadError(
            f"cannot read the secrets in {folder}: {error}",
            "ONETHREAD_SECRETS_DIR names a folder with a file for each variable.",
        ) from error
