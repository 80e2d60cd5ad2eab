"""Python values as SQL literals: ASCII only, and broken into lines of at most 100 columns.

ASCII only, because a file with other characters cannot even be sent to a database whose encoding
lacks them, and would fail there with a message about bytes instead of the one about UTF8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

WIDTH = 100


def integer_array(values: Sequence[int], sql_type: str, indent: int) -> str:
    """`'{1,2,...}'::int[]`; an array literal may hold line breaks between its elements."""
    text = ", ".join(map(str, values))
    one_line = f"'{{{text}}}'::{sql_type}[]"
    if len(one_line) <= WIDTH - 2 * indent:
        return one_line
    margin = " " * (indent + 2)
    lines = wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin)
    return "\n".join(["'{", *lines, " " * indent + f"}}'::{sql_type}[]"])


def text_array(values: Iterable[str], indent: int) -> str:
    """`array['a', 'b']::text[]`, one element per line."""
    margin = " " * (indent + 2)
    lines = ",\n".join(margin + string(value, indent + 2) for value in values)
    return f"array[\n{lines}\n{' ' * indent}]::text[]"


def string(value: str, indent: int) -> str:
    """A string constant. Long ones go on in the next line, which SQL joins without a blank."""
    if all(" " <= char <= "~" for char in value):
        prefix, atoms = "'", list(value.replace("'", "''"))
        if "'" in value:
            atoms = ["''" if char == "'" else char for char in value]
    else:
        prefix, atoms = "e'", [_escape(char) for char in value]
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
