"""Extras: parts whose libraries are installed on request only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from onethread.errors import OnethreadError


@contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """For a block of imports; says what to install when a library is missing.

    Args:
        name: of the extra in pyproject.toml that installs the libraries.

    Raises:
        OnethreadError: a library of another project is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == "onethread":
            raise
        raise OnethreadError(
            f"{library} is not installed",
            f"It comes with the extra {name!r}; in a checkout: pip install '.[{name}]'",
        ) from error
