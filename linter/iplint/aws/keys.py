"""Search for AWS access keys in texts, by their form and by the names they are assigned to. No key is kept."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from iplint.aws.marks import KEY_ID_PREFIXES, KEY_ID_START
from iplint.aws.words import is_plain, long_words
from iplint.value import HOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, TypeAlias

    Kind: TypeAlias = Literal["access key id", "secret access key", "session token"]
    Certainty: TypeAlias = Literal["real", "doubtful", "example"]
    Place: TypeAlias = tuple[int, int]

KINDS: tuple[Kind, ...] = ("access key id", "secret access key", "session token")

# Patterns stay strings: `re` compiles one when a text first needs it and remembers it, so importing costs nothing.

# Documented examples have 19 to 22 characters.
_ID = rf"(?<![A-Z0-9]){KEY_ID_START}[A-Z0-9]{{12,18}}(?![A-Z0-9])"
# What follows the prefix is base32 (RFC 4648), which has no 0, 1, 8, 9.
_ISSUED_ID = r"[A-Z]{4}[A-Z2-7]{16}"
_NAMED_ID = rf"{KEY_ID_START}(?:[A-Z0-9]{{16}}|[A-Z0-9]{{8,11}}EXAMPLE)"
# One published example has 41 characters. A literal `\n` may precede a key: printf "...\n..." | aws configure.
MIN_KEY = 38
_KEY = rf"(?:(?<![\w/+.\\-])|(?<=\\[nrt])|(?<=:-))[A-Za-z0-9/+]{{{MIN_KEY},43}}(?![\w/+=-])"
_SESSION = r"(?<![\w/+])[A-Za-z0-9/+]{100,4096}={0,2}(?![\w/+=])"
# Starts of tokens that STS hands out, and base64 of "aws" and "origin_ec" as they are inside.
_SESSION_MARKS = r"^(?:IQoJ|FwoG|FQoG)|YXdz|Jb3JpZ2luX2Vj"
_CDK_ID = r"[A-Za-z]*[0-9A-F]{8}"

# The end of a name that may hold a key; the beginning of the name says whether it is AWS's own.
_SMALL_NAME = (
    r"(?:(?:access|secret)[_.-]?(?:access[_.-]?)?key(?:[_.-]?id)?|(?:session|security)[_.-]?token|token)"
    r"(?![A-Za-z0-9_])"
)
_NAME = f"(?i){_SMALL_NAME}"
# So far before the word that is in each of them they begin, and so far behind it they end, with what follows.
_MAX_NAME_BEFORE = 16
_MAX_NAME_AFTER = 12
_NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_HINTS = ("access", "secret", "token", "credentials")
_AWS_HEAD = r"(?i)(?:.*\.)?(?:tf_var_|d)?aws[_.-]?|.*fs\.s3[an]?\..*"
_SDK_NAMES = ("accesskeyid", "secretaccesskey")

_MAX_LINE_LENGTH = 400
_VALUE = (
    r"\\?\"(?P<double>[^\"\\\n]{0,2048})|\\?'(?P<single>[^'\\\n]{0,2048})"
    r"|(?P<angle><(?![/%])[^<>\n]{0,200}>)|(?P<bare>[^\s\"'`,;&|)}\]<>\\]{0,2048})"
)

_FORMS = ("double", "single", "angle", "bare")

# What is between a name and its value.
_ASSIGN = r"(?:\\?[\"'])?[\])]?[ \t]{0,80}(?:=>|:=|=(?![=~])|:(?!:)|<<<)[ \t]{0,80}"
_SET_EMPTY = r"=[ \t]+"
# A line that ends in a backslash continues; a shell reads both as one.
_GOES_ON = r"(?:[ \t]|\\\r?\n){1,80}"
_SPACE = rf"[\"']?{_GOES_ON}(?!-)"
_MORE_WORDS = r"[ \t]+[^\s#,;&|)}\]]"
_COMMA = r"\\?[\"'][ \t]{0,80},[ \t]{0,80}(?=\\?[\"']|\$\w)"
_GAP = r"\\?[\"']?\s{0,80}+(?:,\s{0,80}+)?"
_PAIR = (
    rf"(?i)</name>\s{{0,80}}<value>|{_GAP}"
    r"(?:\\?[\"']?(?!value)\w{1,40}\\?[\"']?\s{0,80}[:=]\s{0,80}\\?[\"']?[\w.:/-]{0,80}" + _GAP + r"){0,2}"
    r"\\?[\"']?value\\?[\"']?[ \t]{0,80}[:=][ \t]{0,80}"
)

# What precedes a name, and so says which of these separators to expect.
_BEFORE_SPACE = (
    r"(?:\b(?:setx|setenv|SetEnv|ENV|fastcgi_param)|\bset[ \t]+-\w+|\bprintf[ \t]+-v|\bconfigure\b(?:.|\\\r?\n)*\bset)"
    rf"{_GOES_ON}(?:/[mM][ \t]+)?[\"']?\Z"
)
_BEFORE_COMMA = r"(?i)(?:set|put|add|with)\w*\([ \t]*\\?[\"']\Z"
_BEFORE_PAIR = r"(?i)(?:<name>\s*|(?:name|key)\\?[\"']?\s*[:=]\s*\\?[\"']?)\Z"
_VALUE_BEFORE_PAIR = (
    rf"(?i)\bvalue\\?[\"']?[ \t]*+[:=][ \t]*+(?:{_VALUE}){_GAP}"
    rf"\\?[\"']?(?:option_?)?(?:name|key)\\?[\"']?\s*[:=]\s*\\?[\"']?\Z"
)
_READ_NOT_SET = ("$", "${")
_SET_WITH_DOLLAR = r"(?:^|[\n;{])[ \t]*(?:my[ \t]+|var[ \t]+)?\$\Z"
_AWS_TOOLS = r"(?i)\bcfn-(?:init|signal|get-metadata|hup)\b|\bs3cmd\b|AWSCredentials?\b|AWSDefaults?\b"
_STORED_ELSEWHERE = r"[^{}\-]{0,80}(?:PARAMETER_STORE|SECRETS_MANAGER)"

_CALL = (
    r"\b(?P<call>BasicAWSCredentials|BasicSessionCredentials|AwsBasicCredentials\.create|AwsSessionCredentials\.create"
    r"|NewStaticCredentials(?:Provider)?)\(\s{0,80}\"(?P<id>[^\"\n]{0,200})\"\s{0,80},\s{0,80}"
    r"\"(?P<secret>[^\"\n]{0,200})\"(?:\s{0,80},\s{0,80}\"(?P<token>[^\"\n]{0,2048})\")?"
)
_CALL_KINDS: tuple[tuple[str, Kind], ...] = (
    ("id", "access key id"),
    ("secret", "secret access key"),
    ("token", "session token"),
)

_MAX_SET_DISTANCE = 4_000
_SHELL_SET = (
    r"(?:^|[;&{])[ \t]*(?:(?:export|local|readonly|declare|typeset|(?i:set))(?:[ \t]+-\w+)?[ \t]+)?[\"']?"
    r"(?:\$(?:\w{1,10}:)?)?"
)
_SETTING = rf"(?m){_SHELL_SET}(?P<name>\w+)[ \t]*(?P<more>\+?)=[ \t]*"
# A word as shells take it: quoted and bare parts in a row, and texts that other languages add up.
_WORD_PART = (
    r"\"(?P<double>(?:[^\"\\\n]|\\\r?\n){0,2048})\"|'(?P<single>[^'\n]{0,2048})'"
    r"|(?P<bare>[^\s\"'`;&|()<>\\^,\]]{1,2048})"
)
# Lines go on behind a backslash, in cmd.exe behind a caret.
_JOINT = r"(?:[\\^]\r?\n|[ \t]{0,80}[+.][ \t]{0,80}(?:\\?\r?\n[ \t]{0,80})?(?=[\"'$]))?"
# The parts that are not literal: a variable, or a line continuation.
_EXPANDED = r"\$(?:env:)?(?P<plain>\w+)|\$\{(?:env:)?(?P<braced>\w+)\}|%(?P<batch>\w+)%|\\\r?\n"
# As many as a secret key has letters, so that no key is in more; and how long a chain of variables may be.
_MAX_PARTS = 40
# Longer parts, in sum, put no key together.
_MAX_WORD_LENGTH = 4_000
_MAX_DEPTH = 8
# What an expression may put a key together from: words of the letters of keys, and variables that are set before.
_LITERAL = r"(?<![\w/+.%$-])(?P<literal>[A-Za-z0-9/+]{8,88}={0,2})(?![\w/+-])"
_OPERANDS = rf"{_LITERAL}|\$\{{?(?:env:)?(?P<variable>\w+)"
# The characters of a key by their numbers, as `printf` and $'...' take them, and as `xxd` prints them.
_ESCAPED = r"(?:\\(?:x[0-9A-Fa-f]{2}|0?[0-7]{3})){16,43}"
_IN_HEX = r"(?:[0-9A-Fa-f]{2}){16,43}"
_MAX_EXPRESSION = 400
_MAX_OPERANDS = 16
# Every key that AWS hands out has these, but for one in a thousand.
_DRAWN = r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])"

# What a value says of itself.
_FILLED_IN_LATER = rf"[$`{HOLE}]|\{{\{{|<%|%\w+%|%[sdv]\b|#?\{{\w*\}}|@\w+@|^__\w+__$"
# Wider than what AWS is known to hand out: an id has 16 characters at least (IAM API Reference, AccessKey).
_WIDE_ID = r"[A-Z0-9]{16,128}"
_WIDE_KEY = r"[A-Za-z0-9/+=]{30,128}"
_MIN_TOKEN_LENGTH = 100
_PLACEHOLDER = (
    r"(?i)(?:xxxx.*|\*+|\.{3,}|<.*>|\[.*\]|your?[ _-].*|my[_-]?(?:access|secret).*|change[_-]?(?:me|it).*|replace.*"
    r"|(?:insert|enter|put|add|fill|paste|set)[ _-].*|.*[ _-]here|todo.*|tbd|dummy.*|place[_-]?holder.*|redacted.*"
    r"|none|null|string|AKIA(?:X{16}|Z{16}|[A0]{16}|0123456789ABCDEF))"
)
# What people put in the place of keys for services on their own machine that ask for any: LocalStack, moto, MinIO.
_STAND_INS = ("anything", "fake", "foo", "foobar", "localstack", "minio", "minio123", "minioadmin", "mock", "test")
_NOTHING = (
    *_STAND_INS,
    "",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "string",
    "str",
)
_MADE_BY_COMMAND = r"[\s`()]"
# What prints its words, in a command that fetches nothing; and a value that is a variable.
_PRINTED = r"(?:\$\(|(?P<tick>`))[ \t]{0,80}(?:printf|echo)\b"
# What gets or reads temporary credentials. `vault read` lets the secrets engine of AWS issue some; `vault kv` does not.
_TEMPORARY = (
    r"(?i)\bsts[ \t.]+(?:assume|get-session|get-federation)|aws_session_token|security-credentials|export-credentials"
    r"|\bvault[ \t]+read\b"
    r"|AWS_CONTAINER_CREDENTIALS|169\.254\.170\."
)
_KEPT = r"\bget-(?:parameters?|secret-value)\b|\bkms[ \t]+decrypt\b|\bvault[ \t]+kv\b"
_PRINTING = r"\bprintf\b[^;&|]*\Z"
_FETCHES = r"\|[ \t]{0,80}(?!base64\b|tr\b|rev\b|cut\b|head\b|sed\b|awk\b|jq\b|gunzip\b|gzip\b)\w"
# What takes letters away from the value of a variable, or replaces them.
_CHANGED = r"\$\{(?P<variable>\w+)(?:/|#|%|@|\^|,|:[ \t]?[0-9-])"
# What a secret key has no letter of.
_FOREIGN = r"[^A-Za-z0-9/+]"
# A variable, also where its value is read without the brace at its end; and what ends the words of a command.
_USED = r"\$\{?(?:env:)?(?P<variable>\w+)|%(?P<batch>\w+)%"
_COMMAND_END = r"[>;|&]"
# Code, paths, tags, references of other stores (`arn:`, `vault:`), ciphertext of sops and KMS.
_NO_LITERAL = r"[\s(){}\[\]*\\^]|=[^=]|^[!&|>@~#%,-]|^\.{0,2}/|^\w[\w+-]*:|^ENC\[|^AQICA"
_REFERENCE = r"[A-Za-z_]\w*(?:\.\w+)+"
_VARIABLE = r"(?i)[a-z_]*(?:key|secret|token|cred)[a-z_]*"
_WORD = r"[A-Za-z_]\w*"
_LETTERS = r"[A-Za-z_.-]{1,64}"
_PATH_WORD = r"[A-Za-z]?[a-z]{2,}\d{0,4}"
_NAME_WORD = r"[A-Z]?[a-z]{2,}"

_CONTEXT = r"(?i)secret.{0,3}key|access.{0,3}key|\baws.{0,20}(?:key|secret)"
# A text without a match has no line that mentions keys, wherever the line is cut.
_CONTEXT_ANYWHERE = r"(?i)secret.{0,3}key|access.{0,3}key|aws.{0,20}(?:key|secret)"
_BEFORE_KEY = r"(?:secret|access).{0,3}\Z"
_AFTER_AWS = r"aws.{0,20}(?:key|secret)"
_CONTEXT_LINES = 5

_COMMENTED_LINE = r"(?i)\s*(?:#|//|;|::|--\s|rem\b)"
_COMMENT_AFTER = r"\s(?:#|//)"
_COMMENT_BLOCK = r"(?ms)<!--.*?(?:-->|\Z)|<#.*?(?:#>|\Z)|^[ \t]*/\*.*?(?:\*/|\Z)"


class FoundKey:
    """A key in a text. It keeps the place, never the key: `shown` is its kind, at most four characters, and its length.

    `certainty` is "example" for published documentation examples and placeholders, "doubtful" for a value that is
    assigned to one of AWS's own names and does not have the form of such a key, else "real". `assigned_to` is the name
    that the text assigns it to, None when it was found by its form alone. Offsets are those of the flat text. `parts`
    are the places of the literals that it is concatenated from: its own place, if it is one literal.
    """

    __slots__ = ("assigned_to", "certainty", "description", "end", "kind", "parts", "start")

    def __init__(
        self,
        kind: Kind,
        certainty: Certainty,
        value: str,
        place: Place,
        *,
        assigned_to: str | None,
        parts: tuple[Place, ...] | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.certainty: Certainty = certainty
        # Of a short value four characters would be too much.
        head = "".join(c if c.isprintable() else "?" for c in value[: min(4, len(value) // 3)])
        self.description = f"{kind} {head}... ({len(value)} character{'s' if len(value) != 1 else ''})"
        self.start, self.end = place
        self.parts = parts or (place,)
        self.assigned_to = assigned_to

    def __repr__(self) -> str:
        return f"<{self.description}, {self.certainty}>"


def find_keys(flat: str, name: str | None) -> list[FoundKey]:
    """Return all keys in a text, in order, each once.

    `flat` has one HOLE for each hole. `name` is what the template assigns the whole text to: an environment variable,
    an attribute. For names other than AWS's own (`secret_key`, `token`), a value counts only in the form of a key. The
    prefix `aws.` marks a name as AWS's own, as in Terraform's AWS provider or AWS::CloudFormation::Authentication.
    """
    named = _known(name) if name is not None else None
    if named is None and not any(prefix in flat for prefix in KEY_ID_PREFIXES):
        lowered = flat.lower()
        if not any(hint in lowered for hint in _HINTS):
            return []
    search = _Search(flat)
    if name is not None and named is not None:
        search.whole(name, *named)
    search.assigned()
    search.by_form(name is not None and re.search(_CONTEXT, name) is not None)
    return [key for _, key in sorted(search.found.items())]


def named_key(name: str) -> Kind | None:
    """Return the kind of key that one of AWS's own names (`AWS_SECRET_ACCESS_KEY`, `AccessKeyId`) announces."""
    kind, is_aws = _known(name) or (None, False)
    return kind if is_aws else None


def key_places(flat: str) -> list[tuple[Kind, int, int]]:
    """Return where a text holds values for AWS's own key names; holes are one HOLE each.

    The output of a command or of code is not a value: what it takes in names the place where the key is stored.
    """
    lowered = flat.lower()
    if not any(hint in lowered for hint in _HINTS):
        return []
    search = _Search(flat)
    return [
        (kind, *found)
        for _, kind, is_aws, place, _ in search.assignments()
        if is_aws
        for found in search.taken_at(place)
    ]


def fetched_places(flat: str) -> list[tuple[int, int]]:
    """Return where a script assigns what a command fetches, or makes of a longer text, to the name of a secret access
    key.

    Nowhere if it gets temporary credentials.
    """
    lowered = flat.lower()
    if not any(opening in flat for opening in ("$(", "`", "${")) or not any(hint in lowered for hint in _HINTS):
        return []
    search = _Search(flat)
    found = [
        fetched
        for name, kind, is_aws, place, _ in search.assignments()
        if is_aws and kind == "secret access key" and (fetched := search.fetched_at(place, name)) is not None
    ]
    if not found or re.search(_TEMPORARY, flat) is None:
        return found
    # A key that is kept somewhere is none of the temporary ones, unless a token goes with it.
    has_token = "aws_session_token" in lowered
    return [
        place
        for place in found
        if not has_token and re.search(_KEPT, flat[place[0] : place[0] + _MAX_LINE_LENGTH].partition("\n")[0])
    ]


def account_of(key_id: str) -> str | None:
    """Return the account number in an access key id; None for older ids and for ids that AWS never issued.

    The 16 characters after the prefix are base32; the account is 40 bits of them after the first (Tal Be'ery, "A short
    note on AWS KEY ID"). Older ids, which continue with I or J, contain no account.
    """
    if re.fullmatch(_ISSUED_ID, key_id) is None or key_id[4] in "IJ":
        return None
    from base64 import b32decode

    account = (int.from_bytes(b32decode(key_id[4:])[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return f"{account:012d}" if account <= 999_999_999_999 else None


@lru_cache(1024)
def _known(name: str) -> tuple[Kind, bool] | None:
    """Return the kind of key that a name announces, and whether it is one of AWS's own names; None for other names."""
    match = re.search(rf"{_NAME}\Z", name)
    return _meaning(name[: match.start()], match[0]) if match is not None else None


def _meaning(head: str, tail: str) -> tuple[Kind, bool]:
    """Return the kind of key for a name that is cut before its key word, and whether it is one of AWS's own names."""
    lowered = tail.lower()
    kind: Kind = (
        "session token" if "token" in lowered else "secret access key" if "secret" in lowered else "access key id"
    )
    head = head.lstrip("-")
    sdk = lowered in _SDK_NAMES and (not head or head.endswith("."))
    return kind, sdk or re.fullmatch(_AWS_HEAD, head) is not None


def _form(value: str) -> Kind | None:
    """Return the kind of key that a value has the form of."""
    if re.fullmatch(_NAMED_ID, value):
        return "access key id"
    if re.fullmatch(_KEY, value) and _secret_like(value):
        return "secret access key"
    if re.fullmatch(_SESSION, value) and re.search(_SESSION_MARKS, value):
        return "session token"
    return None


def _decoded(value: str) -> str:
    """Return the text that a word encodes in hexadecimal or base64; the word itself where it encodes none."""
    from binascii import Error, a2b_base64, a2b_hex

    try:
        if re.fullmatch(_IN_HEX, value):
            return a2b_hex(value).decode("ascii")
        return a2b_base64(value, strict_mode=True).decode("ascii")
    except (Error, UnicodeDecodeError):
        return value


def _unescaped(value: str) -> str:
    """Return the characters that are written by their numbers."""
    numbers = re.findall(r"\\(?:x([0-9A-Fa-f]{2})|0?([0-7]{3}))", value)
    return "".join(chr(int(hexadecimal, 16) if hexadecimal else int(octal, 8)) for hexadecimal, octal in numbers)


def _secret_like(value: str) -> bool:
    """Return whether 40 characters look random: no hash, no path, no logical id, no documented example."""
    if len(value) != 40 and "EXAMPLE" not in value:
        return False
    if value.islower() or value.isupper() or value.isdigit() or re.fullmatch(r"(?i)[0-9a-f]+", value):
        return False
    return not _is_path(value) and re.fullmatch(_CDK_ID, value) is None


def _is_path(value: str) -> bool:
    """Return whether words make up half of the parts between slashes; in random text a few occur by chance."""
    parts = value.split("/")
    return len(parts) > 2 and 2 * sum(len(part) for part in parts if re.fullmatch(_PATH_WORD, part)) >= len(value)


def _is_name(value: str) -> bool:
    """Return whether letters are capitalised words, as in identifiers of programs."""
    return value.isalpha() and sum(len(word) for word in re.findall(_NAME_WORD, value)) * 5 >= len(value) * 4


def _form_certainty(value: str, kind: Kind) -> Certainty:
    """Return the certainty of a value in the form of a key: whether it is a documented example or a placeholder."""
    if kind == "access key id":
        filler = len(set(value[4:])) <= 3 or re.fullmatch(_PLACEHOLDER, value) is not None
        return "example" if filler or value.endswith("EXAMPLE") else "real"
    return "example" if kind == "secret access key" and "EXAMPLE" in value else "real"


def _certainty_by_name(value: str, kind: Kind, aws: bool) -> Certainty | None:
    """Return the certainty of a value without the form of a key that is assigned to a key's name; None when it is no
    literal.
    """
    if not aws or value.lower() in _NOTHING or value.isdigit() or re.search(_FILLED_IN_LATER, value):
        return None
    # What says of itself that it is to be replaced is not a key.
    if re.fullmatch(_PLACEHOLDER, value):
        return None
    # The name of a key in the place of its value: what is meant is looked up by it.
    if re.fullmatch(_LETTERS, value) and _known(value) is not None:
        return None
    if re.search(_NO_LITERAL, value):
        return None
    if kind == "session token":
        return "real" if len(value) >= _MIN_TOKEN_LENGTH else "doubtful"
    has_form = re.fullmatch(_WIDE_ID, value) if kind == "access key id" else re.fullmatch(_WIDE_KEY, value)
    return "real" if has_form else "doubtful"


class _Search:
    """One search through one text."""

    __slots__ = ("_comments", "_flat", "_known_operands", "_known_parts", "_settings", "found")

    def __init__(self, flat: str) -> None:
        self._flat = flat
        self._comments: list[tuple[int, int]] | None = None
        # The assignments of variables by name: where each begins, and where its value does.
        self._settings: dict[str, list[tuple[int, int, bool]]] | None = None
        # What was found before: variables that are made of each other lead to the same places many times over.
        self._known_operands: dict[tuple[int, int], list[Place]] = {}
        self._known_parts: dict[tuple[Place, int], list[Place]] = {}
        self.found: dict[int, FoundKey] = {}

    def whole(self, name: str, kind: Kind, aws: bool) -> None:
        """Yield the text itself, as the value of its name."""
        value = self._flat.strip()
        start = self._flat.find(value)
        form = _form(value)
        certainty = _form_certainty(value, form) if form else _certainty_by_name(value, kind, aws)
        if certainty is not None:
            kind = form if form is not None and (form == "access key id" or not aws) else kind
            self._add(kind, certainty, start, start + len(value), name)

    def assigned(self) -> None:
        """Yield every value that the text assigns to a known name, then those passed to known constructors."""
        for assignment in self.assignments():
            self._assign(*assignment)

    def assignments(self) -> Iterator[tuple[str, Kind, bool, tuple[int, int], bool]]:
        """Yield assignments: the name, its kind, whether it is AWS's own, the place of the value, and whether that may
        be code.
        """
        flat = self._flat
        for first, last in _names(flat):
            written = flat[first:last]
            window = flat[max(0, first - 64) : first]
            head = window[len(window.rstrip(_NAME_CHARACTERS)) :]
            start = first - len(head)
            before = flat[max(0, start - _MAX_LINE_LENGTH) : start]
            kind, aws = _meaning(head, written)
            flag = head.startswith("-")
            value = self._value(before, start, last, flag)
            if value is None:
                continue
            if flag and not aws:
                aws = re.search(_AWS_TOOLS, before.rpartition("\n")[2]) is not None
            yield (head + written).lstrip("-"), kind, aws, *value
        if "redentials" in flat:
            for match in re.finditer(_CALL, flat):
                for group, kind in _CALL_KINDS:
                    if match[group]:
                        yield match["call"], kind, True, match.span(group), False

    def _value(self, before: str, start: int, end: int, flag: bool) -> tuple[tuple[int, int], bool] | None:
        """Return the value assigned to the name from `start` to `end`, and whether it may be a variable in code."""
        flat = self._flat
        if before.endswith(_READ_NOT_SET) and not re.search(_SET_WITH_DOLLAR, before):
            return None
        pair = re.search(_BEFORE_PAIR, before[-80:])
        earlier = re.search(_VALUE_BEFORE_PAIR, before) if pair else None
        if earlier is not None:
            offset = start - len(before)
            low, high = _group(earlier)[1]
            return (offset + low, offset + high), False
        separated = (
            (pair and re.compile(_PAIR).match(flat, end))
            or re.compile(_ASSIGN).match(flat, end)
            or ((flag or re.search(_BEFORE_SPACE, before)) and re.compile(_SPACE).match(flat, end))
            or (re.search(_BEFORE_COMMA, before[-80:]) and re.compile(_COMMA).match(flat, end))
        )
        value = re.compile(_VALUE).match(flat, separated.end()) if separated else None
        if not separated or value is None:
            return None
        if pair and (
            re.search(_STORED_ELSEWHERE, separated[0]) or re.compile(_STORED_ELSEWHERE).match(flat, value.end())
        ):
            return None
        form, place = _group(value)
        # `KEY: some words` is prose, `KEY= command` sets nothing; `export A=x B=y` does.
        if form == "bare" and (
            (":" in separated[0] and re.compile(_MORE_WORDS).match(flat, place[1]))
            or re.fullmatch(_SET_EMPTY, separated[0])
        ):
            return None
        return place, form == "bare" and not flat[start:end].isupper()

    def _assign(self, name: str, kind: Kind, aws: bool, place: tuple[int, int], code: bool) -> None:
        """Record the text at `place` as a key if its name announces one. In `code`, a bare word may name a variable."""
        parts = self._parts(place, _MAX_DEPTH)
        if len(parts) > 1:
            whole = "".join(self._flat[low:high] for low, high in parts)
            made = _form(whole)
            if made is not None:
                kind = made if made == "access key id" or not aws else kind
                key = FoundKey(kind, _form_certainty(whole, made), whole, place, assigned_to=name, parts=tuple(parts))
                self.found.setdefault(place[0], key)
                return
        start, end = parts[0] if aws and len(parts) == 1 else place
        value = self._flat[start:end]
        form = _form(value)
        if form is None and aws and self._assign_expression(name, place):
            return
        if form is not None:
            certainty: Certainty | None = _form_certainty(value, form)
            kind = form if form == "access key id" or not aws else kind
        elif re.fullmatch(_REFERENCE, value) or (code and self._variable(value, end)):
            return
        else:
            certainty = _certainty_by_name(value, kind, aws)
        if certainty is None or ((form is None or certainty == "example") and self._commented(start)):
            return
        self._add(kind, certainty, start, end, name)

    def taken_at(self, place: Place) -> list[Place]:
        """Return where what is assigned at `place` is written: there, and where the variables in it are set; not what a
        command fetches.
        """
        found: dict[Place, None] = {}
        waiting = [place]
        while waiting and len(found) <= _MAX_PARTS:
            written = self._written_at(waiting.pop())
            if written is None or written in found:
                continue
            found[written] = None
            end = re.compile(_COMMAND_END).search(self._flat, *written)
            for match in re.compile(_USED).finditer(self._flat, written[0], end.start() if end else written[1]):
                waiting += self._values_before(match["variable"] or match["batch"], match.start())
        return list(found)

    def fetched_at(self, place: Place, name: str) -> Place | None:
        """Return where a command fetches what is assigned to a name at `place`, or a variable in it."""
        seen: set[Place] = set()
        waiting = [place]
        while waiting and len(seen) <= _MAX_PARTS:
            current = waiting.pop()
            if current in seen or self._commented(current[0]):
                continue
            seen.add(current)
            is_command = self._flat.startswith(("$(", "`"), current[0])
            if is_command and re.compile(_PRINTED).match(self._flat, current[0]) is None:
                return current
            if any(self._may_hold(span) for span in self._changed_at(current)):
                return current if not self._assign_expression(name, current) else None
            line = self._flat[current[0] : current[0] + _MAX_LINE_LENGTH].partition("\n")[0] if is_command else ""
            for match in re.compile(_USED).finditer(self._flat, current[0], max(current[1], current[0] + len(line))):
                waiting += self._values_before(match["variable"] or match["batch"], match.start())
        return None

    def _changed_at(self, place: Place) -> list[Place]:
        """Return the words of which a command, or an expansion, at `place` takes letters away."""
        flat = self._flat
        printed = re.compile(_PRINTED).match(flat, place[0])
        end = place[0] + len(flat[place[0] : place[0] + _MAX_LINE_LENGTH].partition("\n")[0])
        if printed is not None:
            pipe = flat.find("|", printed.end(), end)
            if pipe < 0:
                return []
            used = re.compile(_USED).finditer(flat, printed.end(), pipe)
            return [
                (printed.end(), pipe),
                *(
                    value
                    for match in used
                    for value in self._values_before(match["variable"] or match["batch"], match.start())
                ),
            ]
        return [
            value
            for match in re.compile(_CHANGED).finditer(flat, place[0], max(place[1], place[0]))
            for value in self._values_before(match["variable"], match.start())
        ]

    def _may_hold(self, span: Place) -> bool:
        """Return whether the letters of a secret access key are among the words at a place."""
        letters = re.sub(_FOREIGN, "", self._flat[slice(*span)])
        return len(letters) >= _MAX_PARTS and re.match(_DRAWN, letters) is not None

    def _written_at(self, place: Place) -> Place | None:
        """Return where the words of an assignment at `place` are; None where a command fetches them."""
        flat = self._flat
        line_end = flat.find("\n", place[1])
        line_end = len(flat) if line_end < 0 else line_end
        value = flat[slice(*place)]
        printed = re.compile(_PRINTED).match(flat, place[0])
        if printed is not None:
            end = flat.find("`" if printed["tick"] else ")", printed.end(), line_end)
            end = line_end if end < 0 else end
            return None if re.search(_FETCHES, flat[place[0] : end]) else (place[0], end)
        if "%s" in value and re.search(_PRINTING, self._line_around(*place)[0]):
            return place[0], line_end
        return place if re.search(_MADE_BY_COMMAND, value) is None else None

    def _assign_expression(self, name: str, place: Place) -> bool:
        """Record what a command or an expression at `place` puts together as a key if it has the form of one.

        It may be formatted, printed, joined or decoded.
        """
        line = self._flat[place[0] : place[0] + _MAX_EXPRESSION].partition("\n")[0]
        for match in re.compile(_ESCAPED).finditer(self._flat, place[0], place[0] + len(line)):
            whole = _unescaped(match[0])
            kind = _form(whole)
            if kind is not None:
                key = FoundKey(kind, _form_certainty(whole, kind), whole, match.span(), assigned_to=name)
                self.found.setdefault(match.start(), key)
                return True
        operands = self._operands(place[0], _MAX_DEPTH)
        for first in range(len(operands)):
            for last in range(first, min(len(operands), first + _MAX_OPERANDS)):
                parts = operands[first : last + 1]
                whole = "".join(self._flat[low:high] for low, high in parts)
                if first == last:
                    whole = _decoded(whole)
                kind = _form(whole) if re.match(_DRAWN, whole) else None
                if kind is not None and not _is_name(whole):
                    key = FoundKey(kind, "real", whole, parts[0], assigned_to=name, parts=tuple(parts))
                    self.found.setdefault(parts[0][0], key)
                    return True
        for low, high in self._changed_at(place):
            # Signs that no key has are what is taken out.
            whole = re.sub(_FOREIGN, "", self._flat[low:high])
            kind = _form(whole) if re.match(_DRAWN, whole) else None
            if kind is not None:
                key = FoundKey(kind, "real", whole, (low, high), assigned_to=name)
                self.found.setdefault(low, key)
                return True
        return False

    def _operands(self, start: int, depth: int) -> list[Place]:
        """Return the words that an expression may put a key together from, in order, each once, to the end of its
        line; for a variable those that it is set to before.
        """
        known = self._known_operands.get((start, depth))
        if known is not None:
            return known
        line = self._flat[start : start + _MAX_EXPRESSION].partition("\n")[0]
        found: dict[Place, None] = {}
        for match in re.compile(_OPERANDS).finditer(self._flat, start, start + len(line)):
            if match["literal"] is not None:
                found.setdefault(match.span("literal"))
            elif depth:
                for setting in self._settings_before(match["variable"], match.start()):
                    found.update(dict.fromkeys(self._operands(setting, depth - 1)))
            if len(found) > _MAX_OPERANDS:
                break
        return self._known_operands.setdefault((start, depth), list(found))

    def _settings_before(self, name: str, at: int) -> list[int]:
        """Return where the values begin that make up a variable at `at`: the last one that it is set to, and those that
        are added to it after that.
        """
        if self._settings is None:
            self._settings = {}
            for match in re.finditer(_SETTING, self._flat):
                entry = match.start(), match.end(), bool(match["more"])
                self._settings.setdefault(match["name"], []).append(entry)
        settings = self._settings.get(name, [])
        found: list[int] = []
        for index in range(bisect_left(settings, (at,)) - 1, -1, -1):
            start, end, more = settings[index]
            if start < at - _MAX_SET_DISTANCE:
                break
            if end <= at:
                found.append(end)
                if not more or len(found) > _MAX_PARTS:
                    break
        return found[::-1]

    def _values_before(self, name: str, at: int) -> list[Place]:
        """Return the values that make up a variable at `at`."""
        values = (re.compile(_VALUE).match(self._flat, start, at) for start in self._settings_before(name, at))
        return [_group(value)[1] for value in values if value is not None]

    def _parts(self, place: Place, depth: int) -> list[Place]:
        """Return the literals that the word at `place` is concatenated from, with variables that are set before it.

        Where a variable has no literal value, and in a comment, return the place itself.
        """
        known = self._known_parts.get((place, depth))
        if known is None:
            known = self._known_parts[place, depth] = self._found_parts(place, depth)
        return known

    def _found_parts(self, place: Place, depth: int) -> list[Place]:
        flat = self._flat
        parts: list[Place] = []
        quote = flat[place[1] : place[1] + 1]
        at = place[0] - 1 if quote in ("'", '"') and flat[place[0] - 1 : place[0]] == quote else place[0]
        if flat[at : at + 1] == "(":
            at += 1
        words, joint = re.compile(_WORD_PART), re.compile(_JOINT)
        size = 0
        while size <= _MAX_WORD_LENGTH and len(parts) <= _MAX_PARTS and (word := words.match(flat, at)) is not None:
            form, part = _group(word)
            size += part[1] - part[0]
            if form == "single":
                parts += [part] if part[0] < part[1] else []
            else:
                for literal in self._literals(part, depth):
                    if literal is None:
                        return [place]
                    parts.append(literal)
            joined = joint.match(flat, word.end())
            at = joined.end() if joined is not None else word.end()
        is_other = not parts or len(parts) > _MAX_PARTS or size > _MAX_WORD_LENGTH
        return [place] if is_other or (parts != [place] and self._commented(place[0])) else parts

    def _literals(self, part: Place, depth: int) -> Iterator[Place | None]:
        """Yield the literals in a part of a word, and those of its variables; None for a variable that is never set."""
        start, end = part
        for match in re.compile(_EXPANDED).finditer(self._flat, start, end):
            if start < match.start():
                yield start, match.start()
            start = match.end()
            name = match["plain"] or match["braced"] or match["batch"]
            if name is not None:
                found = self._set_before(name, match.start(), depth) if depth else []
                if not found:
                    yield None
                yield from found
        if start < end:
            yield start, end

    def _set_before(self, name: str, at: int, depth: int) -> list[Place]:
        """Return the literals of the last assignment to a variable before `at`, and of later additions to it."""
        found: list[Place] = []
        for value in self._values_before(name, at):
            found += self._parts(value, depth - 1)
            if len(found) > _MAX_PARTS:
                return []
        return found

    def _variable(self, value: str, end: int) -> bool:
        """Return whether a bare word that ends at `end` is probably a variable of a program."""
        listed = self._flat[end : end + 1] in (",", ")")
        return re.fullmatch(_WORD if listed else _VARIABLE, value) is not None

    def by_form(self, context: bool) -> None:
        """Yield the keys that are recognised by their form; a secret only in the `context` of its name or of text about
        keys.
        """
        flat = self._flat
        taken = sorted((key.start, key.end) for key in self.found.values())
        ids: list[int] = []
        for match in re.finditer(_ID, flat) if any(prefix in flat for prefix in KEY_ID_PREFIXES) else ():
            value = match[0]
            example = value.endswith("EXAMPLE")
            if not example and not re.fullmatch(_ISSUED_ID, value):
                continue
            ids.append(match.start())
            certainty = _form_certainty(value, "access key id")
            if not _overlaps(taken, match.span()) and (certainty == "real" or not self._commented(match.start())):
                self._add("access key id", certainty, match.start(), match.end(), None)
        ids.extend(key.start for key in self.found.values() if key.kind == "access key id")
        ids.sort()
        if not (ids or context or _may_mention_keys(flat)):
            return
        for match in _keys(flat):
            value, start = match[0], match.start()
            drawn = _secret_like(value) and not _is_name(value) and not self._in_address(start)
            if not drawn or _overlaps(taken, match.span()):
                continue
            certainty = _form_certainty(value, "secret access key")
            if (context or self._near(ids, start) or self._named_on_line(match.span())) and (
                certainty == "real" or not self._commented(start)
            ):
                self._add("secret access key", certainty, start, match.end(), None)
        if ids and any(True for _ in long_words(flat, 100)):
            for match in re.finditer(_SESSION, flat):
                near = re.search(_SESSION_MARKS, match[0]) and self._near(ids, match.start())
                if near and not _overlaps(taken, match.span()):
                    self._add("session token", "real", match.start(), match.end(), None)

    def _add(self, kind: Kind, certainty: Certainty, start: int, end: int, name: str | None) -> None:
        self.found.setdefault(start, FoundKey(kind, certainty, self._flat[start:end], (start, end), assigned_to=name))

    def _near(self, ids: list[int], at: int) -> bool:
        """Return whether an access key id is within a few lines of the place."""
        index = bisect_left(ids, at)
        return any(
            abs(near - at) < 2 * _MAX_LINE_LENGTH * _CONTEXT_LINES
            and self._flat.count("\n", min(near, at), max(near, at)) <= _CONTEXT_LINES
            for near in ids[max(0, index - 1) : index + 1]
        )

    def _named_on_line(self, place: tuple[int, int]) -> bool:
        """Return whether the line mentions keys, outside of the text at `place`.

        A value on a line of its own belongs to the line above.
        """
        before, after = self._line_around(*place)
        if not before.strip(" \t'\",-"):
            above = self._flat[
                max(0, place[0] - len(before) - 1 - _MAX_LINE_LENGTH) : max(0, place[0] - len(before) - 1)
            ]
            before = above.rpartition("\n")[2]
        return re.search(_CONTEXT, before) is not None or re.search(_CONTEXT, after) is not None

    def _line_around(self, start: int, end: int) -> tuple[str, str]:
        """Return the text of the line before `start` and after `end`, up to a limited length."""
        before = self._flat[max(0, start - _MAX_LINE_LENGTH) : start].rpartition("\n")[2]
        return before, self._flat[end : end + _MAX_LINE_LENGTH].partition("\n")[0]

    def _in_address(self, at: int) -> bool:
        """Return whether the word around `at` is a URL or ARN; text after an id and a colon there is a password."""
        word = re.split(r"[\s\"']", self._line_around(at, at)[0])[-1]
        return ("://" in word or "arn:" in word) and re.search(rf"{_ID}:\Z", word) is None

    def _commented(self, at: int) -> bool:
        """Return whether the character at `at` is in a comment."""
        before, _ = self._line_around(at, at)
        if re.match(_COMMENTED_LINE, before):
            return True
        for match in re.finditer(_COMMENT_AFTER, before):
            code = before[: match.start()]
            if code.count('"') % 2 == 0 and code.count("'") % 2 == 0:
                return True
        if self._comments is None:
            self._comments = [match.span() for match in re.finditer(_COMMENT_BLOCK, self._flat)]
        return _overlaps(self._comments, (at, at + 1))


def _names(flat: str) -> Iterator[Place]:
    """Yield the places of the names that may hold a key."""
    if not is_plain(flat):
        yield from (match.span() for match in re.finditer(_NAME, flat))
        return
    # In small letters they are found by the word that is in each of them.
    lowered = flat.lower()
    find, search = lowered.find, re.compile(_SMALL_NAME).search
    key, token = find("key"), find("token")
    at = 0
    while key >= 0 or token >= 0:
        if token < 0 or 0 <= key < token:
            place, key = key, find("key", key + 1)
        else:
            place, token = token, find("token", token + 1)
        if place >= at:
            found = search(lowered, max(at, place - _MAX_NAME_BEFORE), place + _MAX_NAME_AFTER)
            if found is not None and found.start() <= place < found.end():
                at = found.end()
                yield found.span()


def _may_mention_keys(flat: str) -> bool:
    """Return whether any line mentions keys."""
    if not is_plain(flat):
        return re.search(_CONTEXT_ANYWHERE, flat) is not None
    lowered = flat.lower()
    place = lowered.find("key")
    while place >= 0:
        if re.search(_BEFORE_KEY, lowered[max(0, place - 9) : place]):
            return True
        place = lowered.find("key", place + 1)
    place = lowered.find("aws")
    while place >= 0:
        if re.compile(_AFTER_AWS).match(lowered, place):
            return True
        place = lowered.find("aws", place + 1)
    return False


def _keys(flat: str) -> Iterator[re.Match[str]]:
    """Yield what has the form of a secret key: a whole word, or one that follows an escaped line end."""
    form = re.compile(_KEY)
    for start in long_words(flat, MIN_KEY):
        found = form.match(flat, start) or form.match(flat, start + 1)
        if found is not None:
            yield found


def _group(value: re.Match[str]) -> tuple[str, Place]:
    """Return how a value is written (the name of the matched group), and its place."""
    name = next(name for name, found in value.groupdict().items() if found is not None and name in _FORMS)
    return name, value.span(name)


def _overlaps(places: list[tuple[int, int]], place: tuple[int, int]) -> bool:
    """Return whether `place` overlaps one of the places, which are ascending and disjoint."""
    index = bisect_left(places, (place[1], 0))
    return index > 0 and places[index - 1][1] > place[0]
