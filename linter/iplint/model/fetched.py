"""What scripts of instances fetch at boot: objects in buckets, secrets and parameters of the same root."""

from __future__ import annotations

from iplint.aws.secrets import FETCHING, SECRET_HOLDERS, stored_object
from iplint.aws.user_data import Unwrapped
from iplint.budget import charge
from iplint.model.scanned_text import unread_text
from iplint.value import Absent, Chunk, Known, Text, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from iplint.resource import Resource
    from iplint.value import Value

# What comparing a text with a name costs, in steps of the budget; and how many of its characters cost one more.
_STEPS = 8
_CHARACTERS_A_STEP = 64
_S3 = "s3"
# Shorter names are words that scripts have anyway.
_MIN_NAME = 4


class FetchingScript:
    """The texts that the instances of a launch run, unpacked, and the addresses of the resources in them."""

    __slots__ = ("_addresses", "_flats", "_identities", "fetches_objects", "fetches_secrets")

    def __init__(self, values: Iterable[Value]) -> None:
        self._flats: list[str] = []
        self._addresses: set[str] = set()
        self._identities: set[str] = set()
        for value in values:
            match value:
                case Known(Text() as text):
                    for inner in Unwrapped(text, True).texts:
                        self._take(inner)
                case _:
                    pass
        self.fetches_objects = any(_S3 in flat.lower() for flat in self._flats) or bool(self._addresses)
        self.fetches_secrets = any(word in flat for flat in self._flats for word in FETCHING)

    def _take(self, text: Text) -> None:
        charge(len(text.flat) // _CHARACTERS_A_STEP + len(text.pieces))
        self._flats.append(text.flat)
        for piece in text.pieces:
            value = piece.given if isinstance(piece, Chunk) else piece.value
            ref = value.ref if isinstance(value, Known | Unknown) else None
            self._addresses.update(link.resource.address for link in (ref.chain() if ref is not None else ()))
            if isinstance(value, Unknown) and value.identity is not None:
                self._identities.add(value.identity)

    def names(self, value: Value, *, shortest: int = 1) -> bool:
        """Return whether a name is in the texts: as it is written, by reference, or as the same unknown."""
        ref = value.ref if isinstance(value, Known | Unknown) else None
        if ref is not None and any(link.resource.address in self._addresses for link in ref.chain()):
            return True
        if isinstance(value, Unknown) and value.identity is not None and value.identity in self._identities:
            return True
        name = as_text(value)
        return name is not None and len(name) >= shortest and self.says(name)

    def says(self, word: str) -> bool:
        """Return whether a word is written in the texts."""
        return any(_has_word(flat, word) for flat in self._flats)

    def refers_to(self, address: str) -> bool:
        """Return whether a reference in the texts is to the resource at an address."""
        return address in self._addresses


def _has_word(flat: str, name: str) -> bool:
    """Return whether a name is in a text, not as a part of a longer word."""
    charge(_STEPS + len(flat) // _CHARACTERS_A_STEP)
    start = flat.find(name)
    while start >= 0:
        end = start + len(name)
        if not (_is_in_word(flat[start - 1 : start]) or _is_in_word(flat[end : end + 1])):
            return True
        start = flat.find(name, start + 1)
    return False


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character in ("-", "_")


class Stored:
    """A resource whose content instances may fetch: an object in a bucket, a secret or a parameter."""

    __slots__ = ("_buckets", "_keys", "_kind", "_names", "resource")

    def __init__(self, resource: Resource, at: Callable[[str], Resource | None]) -> None:
        self.resource = resource
        self._kind = kind = stored_object(resource.type)
        self._buckets = list(_given(resource, kind.bucket)) if kind is not None else []
        self._keys = list(_given(resource, kind.key)) if kind is not None else []
        self._names = list(_names(resource, at)) if kind is None else []

    def is_named_by(self, script: FetchingScript) -> bool:
        """Return whether a script names what is stored, by reference or by its own name."""
        if script.refers_to(self.resource.address):
            return True
        if self._kind is None:
            return script.fetches_secrets and any(script.names(name, shortest=_MIN_NAME) for name in self._names)
        if not script.fetches_objects:
            return False
        if any(script.names(key, shortest=_MIN_NAME) for key in self._keys):
            return True
        # A script may name the directory and the file apart.
        ends = [key.rpartition("/")[2] for value in self._keys if (key := as_text(value)) is not None]
        return self._is_in_bucket_of(script) and any(len(end) >= _MIN_NAME and script.says(end) for end in ends)

    def may_be_fetched_by(self, script: FetchingScript) -> bool:
        """Return whether a script may fetch what is stored: it names it, or the bucket that it is in."""
        return self._is_in_bucket_of(script) or self.is_named_by(script)

    def _is_in_bucket_of(self, script: FetchingScript) -> bool:
        return script.fetches_objects and any(script.names(bucket, shortest=_MIN_NAME) for bucket in self._buckets)

    @property
    def unread(self) -> Unknown | None:
        """Return the Unknown for an object whose content is not known."""
        contents = _given(self.resource, self._kind.contents) if self._kind is not None else ()
        return next((found for value in contents if (found := unread_text(value)) is not None), None)


def _given(resource: Resource, names: Iterable[str]) -> Iterator[Value]:
    """Yield the properties of a resource that it has, of several."""
    for name in names:
        value = dig(resource.properties, (name,))
        if not isinstance(value, Absent):
            yield value


def _names(resource: Resource, at: Callable[[str], Resource | None]) -> Iterator[Value]:
    """Yield what a script may name a secret or parameter by: its name, or the secret whose version it is."""
    yield from _given(resource, ("Name", "name"))
    argument = SECRET_HOLDERS.get(resource.type)
    for value in _given(resource, (argument,)) if argument else ():
        yield value
        ref = value.ref if isinstance(value, Known | Unknown) else None
        for link in ref.chain() if ref is not None else ():
            holder = at(link.resource.address)
            if holder is not None:
                yield from _given(holder, ("name",))
