"""The documents of one account as a root: its resources, and what the snapshot lacks."""

from __future__ import annotations

from iplint.account.compute import DEFAULTS_TYPE, IMAGE_TYPE, Region
from iplint.account.documents import AUTHORIZATION, DEFAULTS, GLOBAL, IMAGES, REGIONAL, TEMPLATES, VERSIONS
from iplint.account.holdings import Holdings
from iplint.account.identities import Identities
from iplint.account.values import items
from iplint.resource import Notice, NoticeCause, NoticeKind, TextOccurrence, keep_all
from iplint.value import Absent, Known, Map, Seq, Text, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.account.documents import Document
    from iplint.resource import CanSkip, Resource
    from iplint.scenario import Scenario
    from iplint.secret import Secret
    from iplint.value import Step, Value


# What is needed only for resources that take something from it.
_FOR = {IMAGES: IMAGE_TYPE, DEFAULTS: DEFAULTS_TYPE}


class AccountRoot:
    """An account as a root: it has no inputs, so every scenario is the same. `path` is that of its first document."""

    library = False

    def __init__(self, account: str, documents: Sequence[Document]) -> None:
        self.account = account
        self.path = documents[0].path
        self.notices: list[Notice] = []
        self._documents = documents
        holdings = Holdings(account, documents)
        identities = Identities(holdings)
        self._by_region = {
            region: list(Region(holdings, region, identities).resources()) for region in holdings.regions
        }
        self._resources = [resource for found in self._by_region.values() for resource in found]
        # Last, since launches may name profiles that no output has.
        self._resources += identities.resources()
        self._note(holdings)

    @property
    def paths(self) -> list[str]:
        """Return the display paths of the documents, each once."""
        return list(dict.fromkeys(document.path for document in self._documents))

    def _note(self, holdings: Holdings) -> None:
        """Report the outputs that are missing, and those that end before their last page."""
        lacking = [operation for operation in (AUTHORIZATION,) if holdings.missing(operation, "")]
        if not holdings.regions:
            lacking.append("the outputs of any region")
        if lacking:
            self._lacks(lacking, self.account or "the account", self.path)
        for region in holdings.regions:
            lacking = [
                operation
                for operation in REGIONAL
                if holdings.missing(operation, region) and self._needs(operation, holdings, region)
            ]
            if lacking:
                where = f"{self.account or 'the account'} in {region or 'its region'}"
                self._lacks(lacking, where, holdings.start(region).source.path)
        for document in self._documents:
            region = "" if document.operation in GLOBAL else document.region
            more = document.more
            if more is not None and not holdings.is_whole(document.operation, region):
                message = f"{document.operation} goes on after this page, which the snapshot does not have"
                self.notices.append(
                    Notice(NoticeKind.UNRESOLVED, document.path, message, more.at, cause=NoticeCause.FILE)
                )

    def _needs(self, operation: str, holdings: Holdings, region: str) -> bool:
        """Return whether anything in a region depends on an output."""
        if operation in _FOR:
            return any(resource.type == _FOR[operation] for resource in self._by_region[region])
        if operation == VERSIONS and holdings.is_whole(TEMPLATES, region):
            return any(items(output.get("LaunchTemplates")) for output in holdings.outputs(TEMPLATES, region))
        return True

    def _lacks(self, operations: Sequence[str], where: str, path: str) -> None:
        message = f"the snapshot of {where} lacks {', '.join(operations)}: what depends on it is undecided"
        self.notices.append(Notice(NoticeKind.UNRESOLVED, path, message, cause=NoticeCause.FILE))

    def resources(self, scenario: Scenario) -> list[Resource]:
        """See Root.resources."""
        del scenario
        return self._resources

    def failed_assertion(self, scenario: Scenario) -> Step | None:
        """See Root.failed_assertion: an account has none."""
        del scenario
        return None

    def unread_parts(self, scenario: Scenario) -> Iterator[Resource]:
        """See Root.unread_parts: a snapshot shows what there is, whatever made it."""
        del scenario
        yield from ()

    def may_refer_to(self, resource: Resource, scenario: Scenario, beside: Sequence[Resource] = ()) -> bool:
        """See Root.may_refer_to: a snapshot does not hold everything that may use a resource."""
        del resource, scenario, beside
        return True

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """See Root.secrets: nothing in an account is declared to be secret."""
        del scenario
        yield from ()

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        del scenario
        for resource in self._resources:
            for found in _texts(resource.properties, (), resource):
                text = as_text(found.value)
                if text is None or not silent(text, found.names, found.holder, found.holder_type):
                    yield found


def _texts(value: Value, names: tuple[str, ...], resource: Resource) -> Iterator[TextOccurrence]:
    """Yield the texts in a value, with `names` as the path to it."""
    match value:
        case Known(Text()):
            yield TextOccurrence(value, names, resource.address, resource.type)
        case Known(Seq() as listed):
            for item in listed:
                yield from _texts(item, names, resource)
        case Known(Map() as members):
            beside = tuple(text for key in ("Key", "Name") if (text := as_text(members.get(key) or Absent(value.at))))
            for name in members:
                inner = members.get(name)
                if inner is not None:
                    yield from _texts(inner, (*names, name, *beside) if name == "Value" else (*names, name), resource)
        case _:
            pass


def account_roots(documents: Sequence[Document]) -> Iterator[AccountRoot | Notice]:
    """Yield a root for each account, and a notice for each document of which the account or region is not known."""
    accounts = {document.account for document in documents} - {""}
    only = accounts.pop() if len(accounts) == 1 else ""
    by_account: dict[str, list[Document]] = {}
    for document in documents:
        if not document.account and accounts:
            yield _unplaced(document, "account")
            continue
        document.account = document.account or only
        by_account.setdefault(document.account, []).append(document)
    for account, found in sorted(by_account.items()):
        regions = {document.region for document in found if document.operation not in GLOBAL} - {""}
        kept: list[Document] = []
        for document in found:
            if document.operation not in GLOBAL and not document.region:
                if len(regions) > 1:
                    yield _unplaced(document, "region")
                    continue
                document.region = next(iter(regions), "")
            kept.append(document)
        if kept:
            yield AccountRoot(account, kept)


def _unplaced(document: Document, what: str) -> Notice:
    message = (
        f"this output of {document.operation} does not say which {what} it is of, and the snapshot has several: "
        f"put it in a directory named after the {what}"
    )
    return Notice(NoticeKind.UNREADABLE, document.path, message, document.tree.at)
