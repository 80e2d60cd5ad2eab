"""Reads the numbering plans of the installed `phonenumbers`, or others in its form.

A *numbering plan* is the metadata of one region, or of one calling code that belongs to no region
(+800 and the like). Regions may share a calling code; one of them is its *main* region, and
parsing and length rules of international numbers are the main region's.

Sets of numbers become sorted intervals of integers, which the SQL searches; see the functions
that make the keys. Whatever the generated SQL relies on is checked here, so that metadata of a new
kind stops the generator instead of giving wrong answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from phonenumbers import PhoneMetadata, PhoneNumberDesc, __version__
from phonenumbers.data import (
    _AVAILABLE_NONGEO_COUNTRY_CODES,
    _AVAILABLE_REGION_CODES,
    _COUNTRY_CODE_TO_REGION_CODE,
)

from phone_generator.digit_language import (
    Interval,
    Intervals,
    difference,
    intersection,
    language,
    union,
)

PHONENUMBERS_VERSION: str = __version__
MAX_LENGTH = 17
"""Longest national number that libphonenumber parses."""
LENGTHS = range(1, MAX_LENGTH + 1)
KEY_DIGITS = 15
"""As many as fit into a bigint after three digits for the plan."""
NON_GEOGRAPHIC_REGION = "001"

IntervalsByLength = dict[int, Intervals]


class UnexpectedMetadataError(ValueError):
    """The metadata breaks an assumption that the generated SQL rests on."""


def expect(condition: bool, message: str) -> None:
    """Like assert, but not to be switched off."""
    if not condition:
        raise UnexpectedMetadataError(message)


@dataclass(frozen=True, eq=False)
class Metadata:
    """What one version of libphonenumber knows."""

    version: str
    plans: Mapping[str, PhoneMetadata]
    """By the region, or by the calling code of those that belong to no region."""
    regions_of_code: Mapping[int, tuple[str, ...]]
    """By calling code, the main region first."""


@cache
def installed_metadata() -> Metadata:
    """That of the installed `phonenumbers`."""
    plans: dict[str, PhoneMetadata | None] = {
        name: PhoneMetadata.metadata_for_region(name, None) for name in _AVAILABLE_REGION_CODES
    }
    for code in _AVAILABLE_NONGEO_COUNTRY_CODES:
        plans[str(code)] = PhoneMetadata.metadata_for_nongeo_region(code, None)
    known = {name: plan for name, plan in plans.items() if plan is not None}
    expect(len(known) == len(plans), f"no metadata for {sorted(plans.keys() - known.keys())}")
    return Metadata(PHONENUMBERS_VERSION, known, _COUNTRY_CODE_TO_REGION_CODE)


@dataclass(frozen=True, eq=False)
class Plan:
    """One numbering plan; `index` (from 1) is how the SQL refers to it."""

    index: int
    name: str
    metadata: PhoneMetadata

    @property
    def is_region(self) -> bool:
        return not self.name.isdigit()

    @cached_property
    def general(self) -> PhoneNumberDesc:
        description = self.metadata.general_desc
        expect(
            description is not None and bool(description.possible_length),
            f"plan {self.name} has no general description",
        )
        assert description is not None
        return description

    @cached_property
    def calling_code(self) -> int:
        code = self.metadata.country_code
        expect(code is not None and 0 < code < 1000, f"calling code {code} of plan {self.name}")
        assert code is not None
        return code

    @cached_property
    def general_numbers(self) -> IntervalsByLength:
        """What the general pattern matches. Parsing ignores the possible lengths here."""
        pattern = self.general.national_number_pattern or ""
        return {length: language(pattern).of_length(length) for length in LENGTHS}

    @cached_property
    def typed_numbers(self) -> IntervalsByLength:
        """The numbers that are of some type (mobile, fixed line, ...), thus valid in this plan."""
        meta = self.metadata
        descriptions = [
            meta.premium_rate,
            meta.toll_free,
            meta.shared_cost,
            meta.voip,
            meta.personal_number,
            meta.pager,
            meta.uan,
            meta.voicemail,
            meta.fixed_line,
        ]
        if not meta.same_mobile_and_fixed_line_pattern:
            descriptions.append(meta.mobile)
        general = _described_numbers(self.general)
        result: IntervalsByLength = {}
        for length in LENGTHS:
            typed: Intervals = []
            for description in descriptions:
                typed = union(typed, _described_numbers(description)[length])
            result[length] = intersection(general[length], typed)
        return result


def _described_numbers(description: PhoneNumberDesc | None) -> IntervalsByLength:
    """What one description matches: its pattern, at its possible lengths (if it names any)."""
    if description is None or not description.national_number_pattern:
        return {length: [] for length in LENGTHS}
    lengths = description.possible_length
    numbers = language(description.national_number_pattern)
    return {
        length: numbers.of_length(length) if not lengths or length in lengths else []
        for length in LENGTHS
    }


class NumberingPlans:
    """All plans, and what follows from them taken together."""

    def __init__(self, metadata: Metadata | None = None) -> None:
        metadata = metadata or installed_metadata()
        self.version = metadata.version
        regions = sorted(name for name in metadata.plans if not name.isdigit())
        codes = sorted(int(name) for name in metadata.plans if name.isdigit())
        expect(
            all(len(r) == 2 and r.isascii() and r.isupper() and r.isalpha() for r in regions),
            "a region code is not two letters A-Z",
        )
        self.plans: list[Plan] = []
        for name in [*regions, *map(str, codes)]:
            self.plans.append(Plan(len(self.plans) + 1, name, metadata.plans[name]))
        self._by_name = {plan.name: plan for plan in self.plans}
        self.regions_of_code: dict[int, tuple[str, ...]] = {
            code: tuple(names) for code, names in sorted(metadata.regions_of_code.items())
        }
        self._check()

    def _check(self) -> None:
        expect(len(self.plans) < 300, "too many plans for keys of three digits")
        expect(
            all(0 < code < 1000 for code in self.regions_of_code),
            "calling codes have one to three digits",
        )
        for plan in self.plans:
            longest = max(plan.general.possible_length)
            expect(longest <= MAX_LENGTH, f"{plan.name} has numbers of {longest} digits")
            expect(
                all(length <= longest for length in plan.general.possible_length_local_only),
                f"{plan.name}: a local number is longer than every full one",
            )
            expect(
                not set(plan.general.possible_length)
                & set(plan.general.possible_length_local_only),
                f"{plan.name}: a length is both full and local",
            )
            names = self.regions_of_code.get(plan.calling_code, ())
            expect(
                (plan.name if plan.is_region else NON_GEOGRAPHIC_REGION) in names,
                f"{plan.name} is missing under its calling code",
            )

    def main_plan(self, calling_code: int) -> Plan:
        """The plan that parses international numbers of a calling code."""
        first = self.regions_of_code[calling_code][0]
        if first == NON_GEOGRAPHIC_REGION:
            return self._by_name[str(calling_code)]
        return self._by_name[first]

    def calling_code_of_prefix(self, prefix: str) -> int | None:
        """The calling code that a text of three digits begins with; no code begins another."""
        for size in (1, 2, 3):
            if prefix[0] != "0" and int(prefix[:size]) in self.regions_of_code:
                return int(prefix[:size])
        return None

    def claims(self, calling_code: int) -> list[tuple[Plan, IntervalsByLength]]:
        """Which numbers of a shared calling code belong to which region.

        The reference asks the regions in order. One with leading digits takes every number that
        begins with them, any other one takes its valid numbers.
        """
        result: list[tuple[Plan, IntervalsByLength]] = []
        taken: IntervalsByLength = {length: [] for length in LENGTHS}
        for name in self.regions_of_code[calling_code]:
            plan = self._by_name[name]
            claimed: IntervalsByLength = {}
            for length in LENGTHS:
                if plan.metadata.leading_digits:
                    wanted = language(plan.metadata.leading_digits).starting_of_length(length)
                else:
                    wanted = plan.typed_numbers[length]
                claimed[length] = difference(wanted, taken[length])
                taken[length] = union(taken[length], wanted)
            result.append((plan, claimed))
        return result

    def valid_numbers(self, calling_code: int) -> IntervalsByLength:
        """The valid numbers of a calling code: of some type in the region that claims them."""
        if len(self.regions_of_code[calling_code]) == 1:
            return self.main_plan(calling_code).typed_numbers
        result: IntervalsByLength = {length: [] for length in LENGTHS}
        for plan, claimed in self.claims(calling_code):
            for length in LENGTHS:
                valid = intersection(claimed[length], plan.typed_numbers[length])
                result[length] = union(result[length], valid)
        return result


def _cut(low: int, high: int, digits: int, what: str) -> Interval:
    """An interval without its last digits, which must not matter."""
    scale: int = 10**digits
    expect(low % scale == 0 and (high + 1) % scale == 0, f"{what}: {KEY_DIGITS} digits are too few")
    return low // scale, high // scale


def plan_keys(plan: Plan) -> Intervals:
    """A plan's general numbers as integers: 100 + plan, then the digits.

    A number of 16 or 17 digits would not fit into a bigint: it is cut to 15, and told from shorter
    ones by 300 or 600 added to the plan. That 15 digits decide about those is checked here.
    """
    result: Intervals = []
    for length in LENGTHS:
        excess = max(length - KEY_DIGITS, 0)
        base = (100 + plan.index + 300 * excess) * 10 ** (length - excess)
        for low, high in plan.general_numbers[length]:
            low, high = _cut(low, high, excess, plan.name)
            result.append((base + low, base + high))
    return result


def e164_keys(calling_code: int, numbers: IntervalsByLength) -> Intervals:
    """National numbers as the integers that their E.164 digits are.

    No calling code begins another, so this is unambiguous. The SQL casts numbers of up to 18 digits
    and those of 19 that do not begin with 9, which is what surely fits into a bigint.
    """
    result: Intervals = []
    for length in LENGTHS:
        base = calling_code * 10**length
        for low, high in numbers[length]:
            expect(base + high < 9 * 10**18, f"+{calling_code}: numbers too long for a bigint")
            result.append((base + low, base + high))
    return result


def thresholds(intervals: Iterable[tuple[int, int]]) -> list[int]:
    """Where membership begins and ends, alternately: what `width_bucket` searches.

    A value is in one of the intervals when the number of thresholds at or below it is odd.
    """
    result: list[int] = []
    for low, high in sorted(intervals):
        expect(not result or low >= result[-1], "intervals overlap")
        if result and result[-1] == low:
            result[-1] = high + 1
        else:
            result += [low, high + 1]
    return result
