"""Python values as SQL literals: ASCII only, and broken into lines of at most 100 columns.

ASCII only, because a file with other characters cannot even be sent to a database whose encoding
lacks them, and would fail there with a message about bytes instead of the one about UTF8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

WIDTH = 100


def integer_array(values: Sequence[int], sql_type: str, indent: int) -> str:
    """`'{1,2,...}'::int[]`, without blanks: the larger ones are read at a session's first call."""
    text = ",".join(map(str, values))
    lines = wrap(text.replace(",", ", "), WIDTH)
    body = "\n".join(line.replace(", ", ",") for line in lines)
    if len(lines) == 1 and len(text) <= WIDTH - 2 * indent:
        return f"'{{{text}}}'::{sql_type}[]"
    return f"'{{\n{body}\n{' ' * indent}}}'::{sql_type}[]"


def text_array(values: Iterable[str], indent: int) -> str:
    """`array['a', 'b']::text[]`, one element per line."""
    margin = " " * (indent + 2)
    lines = ",\n".join(margin + string(value, indent + 2) for value in values)
    return f"array[\n{lines}\n{' ' * indent}]::text[]"


def string(value: str, indent: int) -> str:
    """A string constant. Long ones go on in the next line, which SQL joins without a blank."""
    if all(" " <= char <= "~" for char in value):
        # Escapes of a regular expression are better not cut in two.
        prefix = "'"
        atoms = re.findall(r"\\U[0-9a-f]{8}|\\u[0-9a-f]{4}|\\.|''|.", value.replace("'", "''"))
    else:
        prefix = "e'"
        atoms = [_escape(char) for char in value]
    lines = list(_filled(atoms, WIDTH - indent - len(prefix) - 2))
    separator = "'\n" + " " * indent + "'"
    return prefix + separator.join(lines) + "'"


def _escape(char: str) -> str:
    if char in "'\\":
        return char * 2
    if " " <= char <= "~":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _filled(atoms: Iterable[str], width: int) -> Iterator[str]:
    line = ""
    for atom in atoms:
        if line and len(line) + len(atom) > width:
            yield line
            line = ""
        line += atom
    yield line
