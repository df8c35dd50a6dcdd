"""Numbers as Terraform computes them: binary floating point of a stated precision, written as exact decimals.

Terraform's numbers are `big.Float` values of the Go language. Those that a configuration writes have 512 bits; those
that functions count, such as `length`, have 64. An `int` is a whole number of 512 bits, a `Whole` one of another
precision, and a `Real` everything else: a fraction, minus zero, or an infinity.
"""

from __future__ import annotations

from iplint.budget import charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Number: TypeAlias = int | float

PRECISION = 512
COUNTED = 64
# What calculating or comparing costs, in steps of the budget.
_STEPS = 10
MAX_BITS = 1 << 14  # a number of more bits is not computed
MAX_DIGITS = 4_000


class NumberError(Exception):
    """The Go language has no such number: an error in Terraform."""


class TooLarge(Exception):
    """The number has more bits than are computed here, or is nearer to zero."""


class Whole(int):
    """A whole number of another precision than 512 bits."""

    precision: int

    def __new__(cls, value: int, precision: int) -> Whole:
        """Return the number."""
        made = super().__new__(cls, value)
        made.precision = precision
        return made


class Real(float):
    """A number that is not whole: `mantissa * 2 ** exponent`, or minus zero, or an infinity."""

    exponent: int
    mantissa: int
    precision: int

    def __new__(cls, approximate: float, mantissa: int = 0, exponent: int = 0, precision: int = PRECISION) -> Real:
        """Return the number; `approximate` is itself for minus zero and the infinities."""
        made = super().__new__(cls, approximate)
        made.mantissa = mantissa
        made.exponent = exponent
        made.precision = precision
        return made

    def __repr__(self) -> str:
        return text(self)

    __str__ = __repr__


INFINITY = Real(float("inf"))
NEGATIVE_INFINITY = Real(float("-inf"))
NEGATIVE_ZERO = Real(-0.0)


def is_infinite(number: Number) -> bool:
    """Return whether a number is one of the infinities."""
    return isinstance(number, float) and number in (INFINITY, NEGATIVE_INFINITY)


def is_negative(number: Number) -> bool:
    """Return whether a number has a minus sign, which zero may have."""
    return number < 0 or (isinstance(number, float) and not number and repr(float(number)).startswith("-"))


def precision_of(number: Number) -> int:
    """Return the precision of the number in bits."""
    return number.precision if isinstance(number, Whole | Real) else PRECISION


def parts(number: Number) -> tuple[int, int]:
    """Return the mantissa and the binary exponent of a finite number."""
    if isinstance(number, Real):
        return number.mantissa, number.exponent
    if isinstance(number, float):
        numerator, denominator = number.as_integer_ratio()
        return numerator, 1 - denominator.bit_length()
    return int(number), 0


def rounded(mantissa: int, exponent: int, precision: int, rest: bool = False) -> Number:
    """Return `mantissa * 2 ** exponent` in so many bits, rounded to the nearest, halves to even.

    `rest` is true when the exact number is slightly further from zero.
    """
    size = abs(mantissa).bit_length()
    if size > precision:
        drop = size - precision
        kept, lost = divmod(abs(mantissa), 1 << drop)
        half = 1 << (drop - 1)
        if lost > half or (lost == half and (rest or kept & 1)):
            kept += 1
        mantissa, exponent = -kept if mantissa < 0 else kept, exponent + drop
    if not mantissa:
        return 0 if precision == PRECISION else Whole(0, precision)
    zeros = (mantissa & -mantissa).bit_length() - 1
    mantissa, exponent = mantissa >> zeros, exponent + zeros
    if abs(exponent) + abs(mantissa).bit_length() > MAX_BITS:
        raise TooLarge
    if exponent >= 0:
        whole = mantissa << exponent
        return whole if precision == PRECISION else Whole(whole, precision)
    import math  # most numbers are whole

    approximate = math.ldexp(float(mantissa), exponent)
    if not approximate:
        raise TooLarge  # it would be taken for a zero
    return Real(approximate, mantissa, exponent, precision)


def _quotient(dividend: int, divisor: int, exponent: int, precision: int) -> Number:
    """Return `dividend / divisor * 2 ** exponent`, rounded."""
    shift = max(0, precision + 2 + divisor.bit_length() - abs(dividend).bit_length())
    found, rest = divmod(abs(dividend) << shift, divisor)
    return rounded(-found if dividend < 0 else found, exponent - shift, precision, bool(rest))


def of_float(value: float) -> Number:
    """Return a number of the Go language's type float64."""
    if value != value:
        raise NumberError
    if value in (float("inf"), float("-inf")):
        return INFINITY if value > 0 else NEGATIVE_INFINITY
    if not value:
        return NEGATIVE_ZERO if repr(value).startswith("-") else Whole(0, 53)
    return rounded(*parts(value), 53)


def parse(written: str) -> Number | None:
    """Return the number that a text denotes, as `cty.ParseNumberVal` reads it; None for other texts."""
    digits = written[1:] if written[:1] in ("+", "-") else written
    if digits.isdigit() and digits.isascii() and len(digits) < 150:
        value = int(digits)
        if not written.startswith("-"):
            return value
        return -value if value else NEGATIVE_ZERO
    if digits in ("Inf", "inf"):
        return NEGATIVE_INFINITY if written.startswith("-") else INFINITY
    return _parse_decimal(digits, written.startswith("-"))


def _parse_decimal(digits: str, negative: bool) -> Number | None:
    mantissa, exponential, written = digits.replace("E", "e").replace("P", "p").partition("e")
    base = 10
    if not exponential:
        mantissa, exponential, written = mantissa.partition("p")
        base = 2
    before, _, fraction = mantissa.partition(".")
    power = written[1:] if written[:1] in ("+", "-") else written
    if not (before or fraction) or (exponential and not power):
        return None
    if not all(part.isdigit() and part.isascii() for part in (before, fraction, power) if part):
        return None
    if len(before) + len(fraction) > MAX_DIGITS or len(power) > 6:
        raise TooLarge
    value = int(before + fraction)
    scale = int(power or "0") * (-1 if written.startswith("-") else 1)
    if abs(scale) > MAX_DIGITS:
        raise TooLarge
    if not value:
        return NEGATIVE_ZERO if negative else 0
    value = -value if negative else value
    tens, twos = (scale if base == 10 else 0) - len(fraction), 0 if base == 10 else scale
    if tens >= 0:
        return rounded(value * 10**tens, twos, PRECISION)
    return _quotient(value, 5**-tens, tens + twos, PRECISION)


# Calculation


def _finite(*numbers: Number) -> bool:
    return not any(is_infinite(number) for number in numbers)


def add(left: Number, right: Number) -> Number:
    """Return the sum."""
    charge(_STEPS)
    precision = max(precision_of(left), precision_of(right))
    if not _finite(left, right):
        result = float(left) + float(right) if not _finite(left) or not _finite(right) else 0.0
        return of_float(result)
    if not left and not right:
        both = is_negative(left) and is_negative(right)
        return NEGATIVE_ZERO if both else rounded(0, 0, precision)
    (first, low), (second, high) = parts(left), parts(right)
    exponent = min(low, high)
    return rounded((first << (low - exponent)) + (second << (high - exponent)), exponent, precision)


def negate(number: Number) -> Number:
    """Return the number with the other sign."""
    if is_infinite(number):
        return NEGATIVE_INFINITY if number > 0 else INFINITY
    if not number:
        return 0 if is_negative(number) else NEGATIVE_ZERO
    mantissa, exponent = parts(number)
    return rounded(-mantissa, exponent, precision_of(number))


def subtract(left: Number, right: Number) -> Number:
    """Return the difference."""
    return add(left, negate(right))


def multiply(left: Number, right: Number) -> Number:
    """Return the product."""
    charge(_STEPS)
    negative = is_negative(left) != is_negative(right)
    if not _finite(left, right):
        if not left or not right:
            raise NumberError
        return NEGATIVE_INFINITY if negative else INFINITY
    if not left or not right:
        return NEGATIVE_ZERO if negative else 0
    (first, low), (second, high) = parts(left), parts(right)
    product = rounded(first * second, low + high, PRECISION)
    least = abs(parts(product)[0])
    bits = least.bit_length() - ((least & -least).bit_length() - 1)
    return rounded(*parts(product), max(precision_of(left), precision_of(right), bits))


def divide(left: Number, right: Number) -> Number:
    """Return the quotient. Division by zero returns an infinity."""
    negative = is_negative(left) != is_negative(right)
    if (not left and not right) or (is_infinite(left) and is_infinite(right)):
        raise NumberError
    if not right or is_infinite(left):
        return NEGATIVE_INFINITY if negative else INFINITY
    precision = max(precision_of(left), precision_of(right))
    if not left or is_infinite(right):
        return NEGATIVE_ZERO if negative else rounded(0, 0, precision)
    (first, low), (second, high) = parts(left), parts(right)
    first = -first if second < 0 else first
    return _quotient(first, abs(second), low - high, precision)


def remainder(left: Number, right: Number) -> Number:
    """Return the remainder of a division that rounds toward zero; for division by zero, the whole dividend.

    Raises NumberError for infinities.
    """
    if not right:
        return left
    if not _finite(left, right):
        raise NumberError
    precision = precision_of(left)
    mantissa, exponent = parts(divide(left, right))
    whole = abs(mantissa) << exponent if exponent >= 0 else abs(mantissa) >> -exponent
    times = rounded(-whole if mantissa < 0 else whole, 0, precision)
    (first, low), (second, high) = parts(times), parts(right)
    product = rounded(first * second, low + high, precision)
    if not product and is_negative(right) != is_negative(times):
        product = NEGATIVE_ZERO
    difference = subtract(left, product)
    return difference if isinstance(difference, float) else rounded(*parts(difference), precision)


def compare(left: Number, right: Number) -> int:
    """Return -1, 0 or 1, as a number is less than, equal to or greater than another."""
    charge(_STEPS)
    if type(left) is type(right) is int or not _finite(left, right):
        return (left > right) - (left < right)
    (first, low), (second, high) = parts(left), parts(right)
    exponent = min(low, high)
    first, second = first << (low - exponent), second << (high - exponent)
    return (first > second) - (first < second)


def floor(number: Number) -> Number:
    """Return the largest whole number that is not larger, of the same precision."""
    return _of_precision(_whole(number, 0), number)


def ceil(number: Number) -> Number:
    """Return the smallest whole number that is not smaller, of the same precision."""
    return _of_precision(_whole(number, 1), number)


def _of_precision(whole: Number, other: Number) -> Number:
    if not isinstance(whole, int):
        return whole
    precision = precision_of(other)
    return int(whole) if precision == PRECISION else Whole(whole, precision)


def truncate(number: Number) -> Number:
    """Return the number without its fraction."""
    return _whole(number, 1 if number < 0 else 0)


def _whole(number: Number, more: int) -> Number:
    if not isinstance(number, Real) or is_infinite(number):
        return number
    found = (number.mantissa >> -number.exponent) + (more if number.mantissa else 0)
    return Whole(found, max(COUNTED, abs(found).bit_length()))


def as_whole(number: Number) -> int | None:
    """Return a number without a fraction as Python's; None when it has a fraction."""
    if isinstance(number, int):
        return int(number)
    return 0 if not number else None


# Text


def _digits(mantissa: int, exponent: int) -> tuple[str, int]:
    """Return the decimal digits of `mantissa * 2 ** exponent`, and the position of the point."""
    value, places = (mantissa << exponent, 0) if exponent >= 0 else (mantissa * 5**-exponent, -exponent)
    # Python refuses to write more digits than these at once.
    written = str(value) if value < 10**4000 else _long(value)
    return written.rstrip("0"), len(written) - places


def _long(value: int) -> str:
    chunks: list[str] = []
    while value:
        value, rest = divmod(value, 10**1000)
        chunks.append(f"{rest:01000}")
    return "".join(reversed(chunks)).lstrip("0")


def shortest(number: Number) -> tuple[str, int]:
    """Return the fewest digits that identify a finite non-zero number among those of its precision, and its point.

    This follows `roundShortest` of the Go language's math/big.
    """
    mantissa, exponent = parts(number)
    mantissa = abs(mantissa)
    digits, point = _digits(mantissa, exponent)
    shift = precision_of(number) + 1 - mantissa.bit_length()
    if shift >= 0:
        mantissa, exponent = mantissa << shift, exponent - shift
    else:
        mantissa, exponent = mantissa >> -shift, exponent - shift
    inclusive = not mantissa & 2
    lower, upper = _digits(mantissa - 1, exponent)[0], _digits(mantissa + 1, exponent)[0]
    for index, digit in enumerate(digits):
        low = lower[index] if index < len(lower) else "0"
        high = upper[index] if index < len(upper) else "0"
        down = low != digit or (inclusive and index + 1 == len(lower))
        up = digit != high and (inclusive or ord(digit) + 1 < ord(high) or index + 1 < len(upper))
        if down and up:
            return cut(digits, point, index + 1)
        if down:
            return digits[: index + 1].rstrip("0"), point
        if up:
            return _next(digits[: index + 1], point)
    return digits, point


def cut(digits: str, point: int, size: int) -> tuple[str, int]:
    """Return the first `size` digits, rounded, halves to even, and the point."""
    if size < 0 or size >= len(digits):
        return digits, point
    if digits[size] == "5" and size + 1 == len(digits):
        up = size > 0 and int(digits[size - 1]) % 2 == 1
    else:
        up = digits[size] >= "5"
    return _next(digits[:size], point) if up else (digits[:size].rstrip("0"), point)


def _next(digits: str, point: int) -> tuple[str, int]:
    kept = digits.rstrip("9")
    if not kept:
        return "1", point + 1
    return kept[:-1] + chr(ord(kept[-1]) + 1), point


def exact(number: Number) -> tuple[str, int]:
    """Return all digits of a finite number, and its point; no digits for zero."""
    mantissa, exponent = parts(number)
    return _digits(abs(mantissa), exponent) if mantissa else ("", 0)


def sign(number: Number) -> str:
    """Return the minus sign of a negative number, else an empty text."""
    return "-" if is_negative(number) else ""


def text(number: Number) -> str:
    """Return a number as Terraform converts it to a text: all its digits, no exponent."""
    if isinstance(number, int) and number.bit_length() <= precision_of(number):
        return str(int(number))
    if type(number) is float:
        # One that another notation wrote, in as many digits as distinguish it from others.
        number = parse(repr(number)) or 0
    if is_infinite(number):
        return "+Inf" if number > 0 else "-Inf"
    if not number:
        return f"{sign(number)}0"
    digits, point = shortest(number)
    return sign(number) + fixed(digits, point, max(len(digits) - point, 0))


def fixed(digits: str, point: int, places: int) -> str:
    """Return digits as a text with a fixed number of decimal places."""
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    if not places:
        return whole
    fraction = "".join(digits[at] if 0 <= at < len(digits) else "0" for at in range(point, point + places))
    return f"{whole}.{fraction}"


def written(number: Number, verb: str, places: int | None) -> str:
    """Return a finite number as the Go language's `big.Float.Text` writes it for `e`, `f` or `g`.

    `places` are decimal places, for `g` all digits; None for as few as identify the number.
    """
    if not number:
        digits, point = "", 0
    else:
        digits, point = shortest(number) if places is None else exact(number)
    if places is not None and digits:
        kept = {"e": places + 1, "f": point + places}.get(verb, places or 1)
        digits, point = cut(digits, point, kept) if kept >= 0 else ("", 0)
    if not digits:
        point = 0
    if verb == "f":
        places = max(len(digits) - point, 0) if places is None else places
        return sign(number) + fixed(digits, point, places)
    if verb == "e":
        return sign(number) + _scientific(digits, point, len(digits) - 1 if places is None else places)
    least = 6 if places is None else places or 1
    if places is not None and least > len(digits) and len(digits) >= point:
        least = len(digits)
    size = len(digits) if places is None else min(places or 1, len(digits))
    if point - 1 < -4 or point - 1 >= least:
        return sign(number) + _scientific(digits, point, max(size - 1, 0))
    return sign(number) + fixed(digits, point, max(len(digits) - point, 0))


def _scientific(digits: str, point: int, places: int) -> str:
    first = digits[:1] or "0"
    fraction = digits[1 : 1 + places].ljust(places, "0")
    exponent = point - 1 if digits else 0
    return f"{first}{'.' if places > 0 else ''}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
