"""Which digit strings does a regular expression match?

The metadata describes numbers with expressions that use nothing but digits, character classes,
groups, alternatives and bounded repetition: finite languages. Each is turned into an automaton
(Thompson's construction, made deterministic as it is walked) and then, per length, into a sorted
list of intervals of integers: `5[01]\\d` becomes {3: [(500, 519)]}. Membership is then a binary
search in a constant, which PostgreSQL does far faster than it runs an expression, and no matter how
many different expressions are in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Interval = tuple[int, int]
"""Both ends belong to it."""
Intervals = list[Interval]
"""Sorted, disjoint and not adjacent."""

DIGITS = frozenset(range(10))


class UnsupportedPatternError(ValueError):
    """The metadata uses a construct of regular expressions that the generator does not know."""


class _Automaton:
    """A nondeterministic automaton over digits, built from a parsed regular expression."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.empty_moves: list[list[int]] = []
        self.digit_moves: list[list[tuple[frozenset[int], int]]] = []
        self.start = self._new_state()
        self.accepting = self._add_sequence(parser.parse(pattern), self.start)

    def _new_state(self) -> int:
        self.empty_moves.append([])
        self.digit_moves.append([])
        return len(self.empty_moves) - 1

    def _add_sequence(self, items: Iterable[tuple[Any, Any]], state: int) -> int:
        for operator, argument in items:
            state = self._add_item(operator, argument, state)
        return state

    def _add_item(self, operator: Any, argument: Any, state: int) -> int:
        if operator is constants.LITERAL:
            return self._add_digits(frozenset([self._digit(argument)]), state)
        if operator is constants.IN:
            return self._add_digits(self._class(argument), state)
        if operator is constants.SUBPATTERN:
            return self._add_sequence(argument[3], state)
        if operator is constants.BRANCH:
            end = self._new_state()
            for alternative in argument[1]:
                branch = self._new_state()
                self.empty_moves[state].append(branch)
                self.empty_moves[self._add_sequence(alternative, branch)].append(end)
            return end
        if operator is constants.MAX_REPEAT:
            least, most, repeated = argument
            if most is constants.MAXREPEAT:
                raise UnsupportedPatternError(f"unbounded repetition in {self.pattern!r}")
            for _ in range(least):
                state = self._add_sequence(repeated, state)
            end = self._new_state()
            self.empty_moves[state].append(end)
            for _ in range(most - least):
                state = self._add_sequence(repeated, state)
                self.empty_moves[state].append(end)
            return end
        raise UnsupportedPatternError(f"{operator} in {self.pattern!r}")

    def _add_digits(self, digits: frozenset[int], state: int) -> int:
        target = self._new_state()
        self.digit_moves[state].append((digits, target))
        return target

    def _digit(self, code_point: int) -> int:
        digit = code_point - ord("0")
        if digit not in DIGITS:
            raise UnsupportedPatternError(f"{chr(code_point)!r} in {self.pattern!r}")
        return digit

    def _class(self, members: Iterable[tuple[Any, Any]]) -> frozenset[int]:
        digits: set[int] = set()
        for operator, argument in members:
            if operator is constants.LITERAL:
                digits.add(self._digit(argument))
            elif operator is constants.RANGE:
                digits.update(range(self._digit(argument[0]), self._digit(argument[1]) + 1))
            elif operator is constants.CATEGORY and argument is constants.CATEGORY_DIGIT:
                digits |= DIGITS
            else:
                raise UnsupportedPatternError(f"{operator} {argument} in {self.pattern!r}")
        return frozenset(digits)


class DigitLanguage:
    """The set of digit strings that a regular expression matches as a whole."""

    def __init__(self, pattern: str) -> None:
        self._automaton = _Automaton(pattern)
        self._moves: dict[tuple[frozenset[int], int], frozenset[int]] = {}
        self._intervals: dict[tuple[frozenset[int], int], Intervals] = {}
        self._start = self._closure([self._automaton.start])

    def of_length(self, length: int) -> Intervals:
        """The members of that length, as intervals of their integer value."""
        return self._walk(self._start, length)

    def starting_of_length(self, length: int) -> Intervals:
        """All digit strings of that length that begin with a member (`re.match`, no `$`)."""
        result: Intervals = []
        for member_length in range(length + 1):
            scale = 10 ** (length - member_length)
            beginnings = [
                (low * scale, high * scale + scale - 1)
                for low, high in self.of_length(member_length)
            ]
            result = union(result, beginnings)
        return result

    def heads(self, size: int) -> Iterator[str]:
        """The digit strings of that size that a text beginning with a non-empty member can have."""
        for value in range(10**size):
            head = str(value).zfill(size)
            states = self._move(self._start, int(head[0]))
            for digit in head[1:]:
                if self._accepts(states):
                    break
                states = self._move(states, int(digit))
            if states:
                yield head

    def _closure(self, states: Iterable[int]) -> frozenset[int]:
        reached = set(states)
        waiting = list(reached)
        while waiting:
            for state in self._automaton.empty_moves[waiting.pop()]:
                if state not in reached:
                    reached.add(state)
                    waiting.append(state)
        return frozenset(reached)

    def _accepts(self, states: frozenset[int]) -> bool:
        return self._automaton.accepting in states

    def _move(self, states: frozenset[int], digit: int) -> frozenset[int]:
        key = (states, digit)
        if key not in self._moves:
            self._moves[key] = self._closure(
                target
                for state in states
                for digits, target in self._automaton.digit_moves[state]
                if digit in digits
            )
        return self._moves[key]

    def _walk(self, states: frozenset[int], length: int) -> Intervals:
        key = (states, length)
        if key not in self._intervals:
            self._intervals[key] = self._walk_uncached(states, length)
        return self._intervals[key]

    def _walk_uncached(self, states: frozenset[int], length: int) -> Intervals:
        if not states:
            return []
        if length == 0:
            return [(0, 0)] if self._accepts(states) else []
        scale = 10 ** (length - 1)
        return _joined(
            (digit * scale + low, digit * scale + high)
            for digit in range(10)
            for low, high in self._walk(self._move(states, digit), length - 1)
        )


@cache
def language(pattern: str) -> DigitLanguage:
    """The language of a pattern; the same patterns occur in many places of the metadata."""
    return DigitLanguage(pattern)


def _joined(intervals: Iterable[Interval]) -> Intervals:
    """Sorted intervals with those that touch or overlap made one."""
    result: Intervals = []
    for low, high in intervals:
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def union(left: Sequence[Interval], right: Sequence[Interval]) -> Intervals:
    """What is in either."""
    return _joined(sorted([*left, *right]))


def intersection(left: Sequence[Interval], right: Sequence[Interval]) -> Intervals:
    """What is in both."""
    result: Intervals = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            result.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def difference(left: Sequence[Interval], right: Sequence[Interval]) -> Intervals:
    """What is in the left and not in the right."""
    result: Intervals = []
    for low, high in left:
        for other_low, other_high in right:
            if other_high < low:
                continue
            if other_low > high:
                break
            if other_low > low:
                result.append((low, other_low - 1))
            low = other_high + 1
        if low <= high:
            result.append((low, high))
    return result
