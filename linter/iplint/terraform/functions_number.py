"""Functions on numbers, network addresses and times."""

from __future__ import annotations

from functools import reduce

from iplint import number as numbers
from iplint.datatype import STRINGS
from iplint.number import COUNTED, NumberError, Whole
from iplint.resource import Passing
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    Excessive,
    FunctionTable,
    NeedsUnknown,
    Unsupported,
    limited,
)
from iplint.value import Reason, Seq, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network

    from iplint.number import Number
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Value

NUMBER = FunctionTable()


@NUMBER("abs", takes=1, total=True, passes=Passing.NONE)
def absolute(args: Arguments) -> Value:
    """Return the absolute value."""
    number = args.number(0)
    return args.known(numbers.negate(number) if numbers.is_negative(number) else number)


@NUMBER("ceil", takes=1, total=True, passes=Passing.NONE)
def ceil(args: Arguments) -> Value:
    """Return the smallest whole number that is not smaller."""
    return args.known(numbers.ceil(args.number(0)))


@NUMBER("floor", takes=1, total=True, passes=Passing.NONE)
def floor(args: Arguments) -> Value:
    """Return the largest whole number that is not larger."""
    return args.known(numbers.floor(args.number(0)))


@NUMBER("max", takes=1, to=MANY, total=True, passes=Passing.NONE)
def largest(args: Arguments) -> Value:
    """Return the largest number."""
    return args.known(_first(args, 1))


@NUMBER("min", takes=1, to=MANY, total=True, passes=Passing.NONE)
def smallest(args: Arguments) -> Value:
    """Return the smallest number."""
    return args.known(_first(args, -1))


def _first(args: Arguments, order: int) -> Number:
    """Return the smallest or largest number."""
    found = args.number(0)
    for index in range(1, len(args)):
        number = args.number(index)
        if numbers.compare(number, found) == order:
            found = number
    return found


@NUMBER("signum", takes=1, total=True, passes=Passing.NONE)
def signum(args: Arguments) -> Value:
    """Return the sign: -1, 0 or 1."""
    number = args.whole(0)
    return args.known(Whole((number > 0) - (number < 0), COUNTED))


def _double(args: Arguments, index: int) -> float:
    """Return an argument as the Go language's float64."""
    number = args.number(index)
    if isinstance(number, float):
        return float(number)
    try:
        return float(number)
    except OverflowError:
        raise ArgumentError from None


@NUMBER("log", takes=2, passes=Passing.NONE)
def log(args: Arguments) -> Value:
    """Return the logarithm to a base."""
    number, base = _logarithm(_double(args, 0)), _logarithm(_double(args, 1))
    if not base:
        if not number:
            raise NumberError
        return args.known(numbers.INFINITY if number > 0 else numbers.NEGATIVE_INFINITY)
    return args.known(numbers.of_float(number / base))


def _logarithm(number: float) -> float:
    import math  # few configurations need it

    if number < 0:
        raise NumberError
    if not number:
        return -math.inf
    return go_log(number) if math.isfinite(number) else number


# The logarithm of the Go language (math/log.go): Python's differs from it in the last digit, and `ceil` shows that.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def go_log(number: float) -> float:
    """Return the natural logarithm of a positive number, digit by digit as Terraform."""
    import math  # few configurations need it

    fraction, power = math.frexp(number)
    if fraction < math.sqrt(2) / 2:
        fraction, power = fraction * 2, power - 1
    fraction -= 1
    ratio = fraction / (2 + fraction)
    square = ratio * ratio
    fourth = square * square
    odd = square * (_LOG[0] + fourth * (_LOG[2] + fourth * (_LOG[4] + fourth * _LOG[6])))
    even = fourth * (_LOG[1] + fourth * (_LOG[3] + fourth * _LOG[5]))
    half = 0.5 * fraction * fraction
    return power * _LN2_HIGH - ((half - (ratio * (half + (odd + even)) + power * _LN2_LOW)) - fraction)


def go_power(base: float, exponent: int) -> float:
    """Return a power of a number, digit by digit as Terraform (math/pow.go)."""
    import math  # few configurations need it

    result, power = 1.0, 0
    fraction, shift = math.frexp(base)
    left = abs(exponent)
    while left:
        if not -4096 <= shift <= 4096:
            power += shift
            break
        if left & 1:
            result *= fraction
            power += shift
        fraction *= fraction
        shift <<= 1
        if fraction < 0.5:
            fraction += fraction
            shift -= 1
        left >>= 1
    if exponent < 0:
        result, power = 1 / result, -power
    return math.ldexp(result, power)


@NUMBER("pow", takes=2, passes=Passing.NONE)
def power(args: Arguments) -> Value:
    """Return a power of a number."""
    import math

    base, exponent = _double(args, 0), _double(args, 1)
    try:
        if not base or not math.isfinite(base) or not math.isfinite(exponent):
            result = math.pow(base, exponent)
        elif exponent.is_integer() and abs(exponent) < 1 << 63:
            result = go_power(base, int(exponent))
        elif base > 0 and abs(exponent) == 0.5:
            result = math.sqrt(base) if exponent > 0 else 1 / math.sqrt(base)
        elif base > 0:
            # The Go language computes these in another way for each processor.
            raise NeedsUnknown(Unknown((Reason("the last digits of a power", args.at),), args.at, True))
        else:
            result = math.pow(base, exponent)
    except OverflowError:
        result = -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        # Python has no value for 0 to a negative power; the Go language has an infinity.
        if base:
            raise NumberError from None
        result = math.inf
    return args.known(numbers.of_float(result))


@NUMBER("parseint", takes=2, passes=Passing.NONE)
def parseint(args: Arguments) -> Value:
    """Return the whole number that a text denotes in a base."""
    if not isinstance(args.datum(0), Text):
        raise ArgumentError
    string, base = args.plain(0), args.whole(1)
    digits = string[1:] if string[:1] in ("+", "-") else string
    if not 2 <= base <= 62 or not digits:
        raise ArgumentError
    if len(digits) > 1000:
        raise Excessive("a number that is too large")
    # Above 36, capital letters are digits of their own.
    found = [_DIGITS.find(digit if base > 36 else digit.lower()) for digit in digits]
    if not all(0 <= digit < base for digit in found):
        raise ArgumentError
    number = reduce(lambda value, digit: value * base + digit, found, 0)
    return args.known(Whole(-number if string.startswith("-") else number, max(COUNTED, number.bit_length())))


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


# Network addresses


def _network(args: Arguments, index: int = 0) -> IPv4Network | IPv6Network:
    import ipaddress  # few configurations need it

    prefix = args.plain(index)
    address, slash, bits = prefix.partition("/")
    if not slash or not bits.isdecimal():
        raise ArgumentError
    if ":" in address and "." in address:
        raise Unsupported("an IPv4 address inside of an IPv6 address")
    # Terraform still takes leading zeros in IPv4 addresses for decimal digits.
    if ":" not in address:
        address = ".".join(part.lstrip("0") or part[-1:] for part in address.split("."))
    try:
        return ipaddress.ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        raise ArgumentError from None


def _subnet(network: IPv4Network | IPv6Network, bits: int, start: int) -> str:
    import ipaddress

    made = ipaddress.IPv4Address(start) if network.version == 4 else ipaddress.IPv6Address(start)
    return f"{made}/{bits}"


@NUMBER("cidrhost", takes=2, passes=Passing.NONE)
def cidrhost(args: Arguments) -> Value:
    """Return the host address with a number in a network; negative numbers count from its end."""
    network, number = _network(args), args.whole(1)
    if not -network.num_addresses <= number < network.num_addresses:
        raise ArgumentError
    return args.made(str(network[number]))


@NUMBER("cidrnetmask", takes=1, passes=Passing.NONE)
def cidrnetmask(args: Arguments) -> Value:
    """Return the mask of an IPv4 network."""
    network = _network(args)
    if network.version == 6:
        raise ArgumentError
    return args.made(str(network.netmask))


@NUMBER("cidrsubnet", takes=3, passes=Passing.NONE)
def cidrsubnet(args: Arguments) -> Value:
    """Return the subnet with a number, whose prefix is longer by some bits."""
    network, more, number = _network(args), args.whole(1), args.whole(2)
    bits = network.prefixlen + more
    if bits > network.max_prefixlen or (more >= 0 and number >= 1 << more):
        raise ArgumentError
    if more < 0 or number < 0:
        raise Unsupported("a negative number")
    start = int(network.network_address) + (number << (network.max_prefixlen - bits))
    return args.made(_subnet(network, bits, start))


@NUMBER("cidrsubnets", takes=1, to=MANY, passes=Passing.NONE)
def cidrsubnets(args: Arguments) -> Value:
    """Return consecutive subnets, each with a prefix longer by some bits."""
    network = _network(args)
    limited(len(args))
    place = int(network.network_address)
    end = place + network.num_addresses
    made: list[str] = []
    for index in range(1, len(args)):
        more = args.whole(index)
        bits = network.prefixlen + more
        if not 0 < more <= 32 or bits > network.max_prefixlen:
            raise ArgumentError
        size = 1 << (network.max_prefixlen - bits)
        place = -(-place // size) * size
        made.append(_subnet(network, bits, place))
        place += size
        if place > end:
            raise ArgumentError
    return args.known(Seq([args.made(one) for one in made], None, STRINGS))


@NUMBER("cidrcontains", takes=2, passes=Passing.NONE)
def cidrcontains(args: Arguments) -> Value:
    """Return whether a network contains an address or another network (OpenTofu documentation, cidrcontains)."""
    import ipaddress

    network, inner = _network(args), args.plain(1)
    try:
        other = _network(args, 1) if "/" in inner else ipaddress.ip_network(inner)
    except ValueError:
        raise ArgumentError from None
    if network.version != other.version:
        raise ArgumentError
    first, last = int(network.network_address), int(network.broadcast_address)
    return args.known(first <= int(other.network_address) and int(other.broadcast_address) <= last)


# Times


def _time(string: str) -> datetime:
    from datetime import datetime  # few configurations need it

    date, mark, clock = string.partition("T")
    fits = len(date) == 10 and mark and len(clock) >= 9 and string.isascii()
    try:
        if not fits or not (clock.endswith("Z") or clock[-6] in "+-") or clock[2] != ":" or clock[5] != ":":
            raise ArgumentError
        return datetime.fromisoformat(string)
    except ValueError:
        raise ArgumentError from None


def _zone(time: datetime, colon: bool, zero: str) -> str:
    string = time.strftime("%z")[:5]
    if string == "+0000" and zero:
        return zero
    return f"{string[:3]}:{string[3:]}" if colon else string


@NUMBER("timecmp", takes=2, passes=Passing.NONE)
def timecmp(args: Arguments) -> Value:
    """Return -1, 0 or 1, if a time is before, at or after another."""
    first, second = _time(args.plain(0)), _time(args.plain(1))
    return args.known(Whole((first > second) - (first < second), COUNTED))


@NUMBER("timeadd", takes=2, passes=Passing.NONE)
def timeadd(args: Arguments) -> Value:
    """Return a time plus a duration."""
    from datetime import timedelta

    try:
        moved = _time(args.plain(0)) + timedelta(microseconds=_duration(args.plain(1)) // 1000)
    except OverflowError:
        raise ArgumentError from None
    return args.made(f"{moved:%Y-%m-%dT%H:%M:%S}{_zone(moved, True, 'Z')}")


_SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}


def _duration(string: str) -> int:
    """Return the nanoseconds of a duration such as `1h30m`."""
    rest = string[1:] if string[:1] in ("+", "-") else string
    if rest == "0":
        return 0
    total = 0
    while rest:
        number = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(number) :]
        unit = next((unit for unit in _UNITS if rest.startswith(unit)), None)
        if unit is None or number.count(".") > 1 or not number.strip("."):
            raise ArgumentError
        whole, _, fraction = number.partition(".")
        total += int(whole or "0") * _UNITS[unit] + int(fraction or "0") * _UNITS[unit] // 10 ** len(fraction)
        if total >= 1 << 63:
            raise ArgumentError
        rest = rest[len(unit) :]
    if string in ("", "+", "-"):
        raise ArgumentError
    return -total if string.startswith("-") else total


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@NUMBER("formatdate", takes=2, passes=Passing.NONE)
def formatdate(args: Arguments) -> Value:
    """Return a time in a format."""
    return args.made("".join(_dated(args.plain(0), _time(args.plain(1)))))


def _dated(pattern: str, time: datetime) -> Iterator[str]:
    day, month = _DAYS[time.weekday()], _MONTHS[time.month - 1]
    half = "pm" if time.hour >= 12 else "am"
    hour = time.hour % 12 or 12
    words = {
        "YYYY": f"{time.year:04}",
        "YY": f"{time.year % 100:02}",
        "MMMM": month,
        "MMM": month[:3],
        "MM": f"{time.month:02}",
        "M": str(time.month),
        "DD": f"{time.day:02}",
        "D": str(time.day),
        "EEEE": day,
        "EEE": day[:3],
        "hh": f"{time.hour:02}",
        "h": str(time.hour),
        "HH": f"{hour:02}",
        "H": str(hour),
        "AA": half.upper(),
        "aa": half,
        "mm": f"{time.minute:02}",
        "m": str(time.minute),
        "ss": f"{time.second:02}",
        "s": str(time.second),
        "ZZZZZ": _zone(time, True, ""),
        "ZZZZ": _zone(time, False, ""),
        "ZZZ": _zone(time, False, "UTC"),
        "Z": _zone(time, True, "Z"),
    }
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if letter == "'":
            end = index + 1
            quoted = ""
            while not (pattern.startswith("'", end) and not pattern.startswith("''", end)):
                if end >= len(pattern):
                    raise ArgumentError
                quoted += pattern[end]
                end += 2 if pattern.startswith("''", end) else 1
            yield quoted
            index = end + 1
            continue
        end = index
        while end < len(pattern) and pattern[end] == letter:
            end += 1
        run = pattern[index:end]
        if letter.isascii() and letter.isalpha():
            if run not in words:
                raise ArgumentError
            run = words[run]
        yield run
        index = end
