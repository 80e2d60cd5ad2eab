"""Errors that a user can act on: what happened, and what to do."""

# ruff: noqa: N818  # the names say what is the case: NotMigrated, UnknownAddress

from __future__ import annotations


class OnethreadError(Exception):
    """Base of all errors the app raises on purpose.

    Attributes:
        hint: what to do about it; empty when there is nothing to add.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ServerUnreachable(OnethreadError):
    """No connection to the database server."""


class NotMigrated(OnethreadError):
    """The schema is missing or older than this version of the app."""


class SchemaTooNew(OnethreadError):
    """The schema has migrations that this version of the app does not know."""


class UnknownBusiness(OnethreadError):
    """There is no business with this id."""


class UnknownAddress(OnethreadError):
    """The address identifies nobody, or nobody has written to or from it."""


class UnknownConversation(OnethreadError):
    """There is no conversation with this id."""


class UnknownMessage(OnethreadError):
    """There is no message with this id."""


class UnknownMerge(OnethreadError):
    """There is no merge with this id."""


class UnknownSuggestion(OnethreadError):
    """There is no open suggestion with this id."""


class UsedKey(OnethreadError):
    """The idempotency key was given to something else."""


class NothingOwn(OnethreadError):
    """Nothing of a payload is of an account that the business has registered."""


class PayloadError(OnethreadError):
    """A provider's payload that cannot be read; the message says why."""
