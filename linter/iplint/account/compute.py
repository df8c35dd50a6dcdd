"""What launches in a region of an account: instances, groups, launch templates and configurations; images, defaults."""

from __future__ import annotations

from iplint.account.documents import (
    ASSOCIATIONS,
    CONFIGURATIONS,
    DEFAULTS,
    GROUPS,
    IMAGES,
    INSTANCE_ATTRIBUTE,
    INSTANCES,
    TEMPLATES,
    VERSIONS,
)
from iplint.account.values import chosen, entries_of, items, member, named, string, unknown, value_of
from iplint.location import Origin
from iplint.syntax.tree import Mapping, Scalar
from iplint.value import Absent, Known, Map, Ref, Seq, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.account.holdings import Holdings
    from iplint.account.identities import Identities
    from iplint.account.values import Entries
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.syntax.tree import Node
    from iplint.value import Lazy, Value

# CloudFormation has no types for these: they are those of Terraform's provider.
IMAGE_TYPE, DEFAULTS_TYPE = "aws_ami", "aws_ec2_instance_metadata_defaults"
# EC2 User Guide, "Instance lifecycle": these never run again.
_GONE = ("terminated", "shutting-down")
_ASSOCIATED = ("associated", "associating")
_LATEST, _DEFAULT = "$Latest", "$Default"
# The metadata options of an instance that are always in its description, and that decide on IMDSv1.
_DECIDING = ("HttpTokens", "HttpEndpoint")
_DEFAULT_SETTINGS = {
    "HttpTokens": "http_tokens",
    "HttpEndpoint": "http_endpoint",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
}
# What `iplint snapshot` says of user data that it did not save as it is.
_NOT_WHOLE = {
    "iplint-masked-keys": "which holds access keys that the snapshot masks",
    "iplint-not-saved": "which the snapshot leaves out as it is not text",
}
_NO_PREFERENCE = "no-preference"


class Region:
    """The outputs of one region of an account."""

    __slots__ = ("_configurations", "_holdings", "_identities", "_images", "_region", "_templates")

    def __init__(self, holdings: Holdings, region: str, identities: Identities) -> None:
        self._holdings = holdings
        self._region = region
        self._identities = identities
        self._images: dict[str, Scalar] = {}
        self._configurations: dict[str, Resource] = {}
        self._templates = _Templates(holdings, region, self._settings)

    def resources(self) -> Iterator[Resource]:
        """Yield the resources, those that others refer to last."""
        found = [*self._instances()]
        for configuration in self._listed(CONFIGURATIONS, "LaunchConfigurations"):
            made = self._configuration(configuration)
            if made is not None:
                self._configurations[string(configuration.get("LaunchConfigurationName"))] = made
        found += self._groups()
        templates = [*self._templates.resources(), *self._configurations.values()]
        found += templates
        yield from found
        yield from self._image_resources()
        if templates or not self._holdings.missing(DEFAULTS, self._region):
            yield self._defaults()

    def _listed(self, operation: str, name: str) -> list[Mapping]:
        return [one for output in self._holdings.outputs(operation, self._region) for one in items(output.get(name))]

    def _resource(self, type: str, address: str, at: Span, block: Span, entries: Entries) -> Resource:
        return self._holdings.resource(type, address, at, block, entries, self._region)

    # Instances

    def _instances(self) -> Iterator[Resource]:
        associated = {
            string(one.get("InstanceId")): one
            for one in self._listed(ASSOCIATIONS, "IamInstanceProfileAssociations")
            if string(one.get("State")) in _ASSOCIATED
        }
        attributes = {
            string(output.get("InstanceId")): output
            for output in self._holdings.outputs(INSTANCE_ATTRIBUTE, self._region)
        }
        for reservation in self._listed(INSTANCES, "Reservations"):
            for instance in items(reservation.get("Instances")):
                id = instance.get("InstanceId")
                if isinstance(id, Scalar) and string(member(instance, "State", "Name")) not in _GONE:
                    yield self._instance(id, instance, associated.get(id.text), attributes.get(id.text))

    def _instance(
        self, id: Scalar, instance: Mapping, association: Mapping | None, attribute: Mapping | None
    ) -> Resource:
        address = self._holdings.arn("ec2", self._region, f"instance/{id.text}")
        entries = chosen(instance, ("ImageId", "Tags"))
        profile = member(instance, "IamInstanceProfile", "Arn")
        if not isinstance(profile, Scalar):
            profile = member(association, "IamInstanceProfile", "Arn")
        if isinstance(profile, Scalar):
            entries["IamInstanceProfile"] = profile.at, self._identities.profile(profile)
        entries["MetadataOptions"] = self._options(id, instance)
        public = instance.entries.get("PublicIpAddress")
        if public is not None:
            interface: Entries = {"AssociatePublicIpAddress": (public[0].at, Known(True, public[0].at))}
            entries["NetworkInterfaces"] = public[0].at, Known(Seq([Known(Map(interface), public[0].at)]), public[0].at)
        entries["UserData"] = self._user_data(id, attribute)
        return self._resource("AWS::EC2::Instance", address, id.at, instance.at, entries)

    def _options(self, id: Scalar, instance: Mapping) -> tuple[Span, Value]:
        """Return the metadata options of an instance, which are in effect whatever launched it."""
        written = instance.entries.get("MetadataOptions")
        options = written[1] if written is not None else None
        at = written[0].at if written is not None else id.at
        entries = entries_of(options) if isinstance(options, Mapping) else {}
        is_pending = string(member(options, "State")) == "pending"
        for name in _DECIDING:
            if name not in entries:
                what = f"{name} of {id.text} in {self._holdings.lack(INSTANCES, self._region)}"
                entries[name] = at, unknown(what, at, present=True)
            elif is_pending:
                entries[name] = entries[name][0], unknown(f"{name} of {id.text}, which is being changed", at, True)
        return at, Known(Map(entries), at)

    def _user_data(self, id: Scalar, attribute: Mapping | None) -> tuple[Span, Value]:
        if attribute is None:
            lack = self._holdings.lack(INSTANCE_ATTRIBUTE, self._region)
            return id.at, unknown(f"the user data of {id.text} in {lack}", id.at)
        key, node = attribute.entries["UserData"]
        for name, why in _NOT_WHOLE.items():
            if name in attribute.entries:
                return key.at, unknown(f"the user data of {id.text}, {why}", key.at, present=True)
        found = member(node, "Value")
        return key.at, value_of(found, key.at) if found is not None else Absent(key.at)

    # Templates and groups

    def _settings(self, data: Node | None, at: Span) -> Entries:
        """Return the settings of a launch template or configuration."""
        if not isinstance(data, Mapping):
            return {}
        entries = entries_of(data)
        profile = data.entries.get("IamInstanceProfile")
        if profile is not None:
            key, node = profile
            if isinstance(node, Scalar) and node.text:
                entries["IamInstanceProfile"] = key.at, self._identities.profile(node)
            elif isinstance(node, Mapping):
                found = node.get("Arn") or node.get("Name")
                if isinstance(found, Scalar) and found.text:
                    name: Entries = {"Name": (found.at, self._identities.profile(found))}
                    entries["IamInstanceProfile"] = key.at, Known(Map(name), key.at)
        image = data.get("ImageId")
        if isinstance(image, Scalar) and image.text:
            self._images.setdefault(image.text, image)
        return entries

    def _configuration(self, configuration: Mapping) -> Resource | None:
        name = configuration.get("LaunchConfigurationName")
        if not isinstance(name, Scalar):
            return None
        address = string(configuration.get("LaunchConfigurationARN")) or self._holdings.arn(
            "autoscaling", self._region, f"launchConfiguration:*:launchConfigurationName/{name.text}"
        )
        entries = self._settings(configuration, name.at)
        return self._resource("AWS::AutoScaling::LaunchConfiguration", address, name.at, configuration.at, entries)

    def _groups(self) -> Iterator[Resource]:
        for group in self._listed(GROUPS, "AutoScalingGroups"):
            name = group.get("AutoScalingGroupName")
            if not isinstance(name, Scalar):
                continue
            address = string(group.get("AutoScalingGroupARN")) or self._holdings.arn(
                "autoscaling", self._region, f"autoScalingGroup:*:autoScalingGroupName/{name.text}"
            )
            entries = chosen(group, ("Tags",))
            configuration = group.entries.get("LaunchConfigurationName")
            if configuration is not None and isinstance(configuration[1], Scalar) and configuration[1].text:
                entries["LaunchConfigurationName"] = configuration[0].at, self._configured(configuration[1])
            template = group.entries.get("LaunchTemplate")
            if template is not None:
                entries["LaunchTemplate"] = template[0].at, self._templates.link(*template)
            mixed = group.entries.get("MixedInstancesPolicy")
            if mixed is not None:
                entries["MixedInstancesPolicy"] = mixed[0].at, self._mixed(*mixed)
            yield self._resource("AWS::AutoScaling::AutoScalingGroup", address, name.at, group.at, entries)

    def _configured(self, name: Scalar) -> Value:
        found = self._configurations.get(name.text)
        if found is not None:
            return named(name, Ref(found, "Ref"))
        lack = self._holdings.lack(CONFIGURATIONS, self._region)
        return unknown(f"launch configuration {name.text} in {lack}", name.at, present=True)

    def _mixed(self, key: Scalar, policy: Node) -> Value:
        """Return a policy of mixed instances with the versions of templates that its parts launch."""
        if not isinstance(policy, Mapping):
            return value_of(policy, key.at)
        entries = entries_of(policy)
        written = policy.entries.get("LaunchTemplate")
        if written is not None and isinstance(written[1], Mapping):
            inner = self._linked(written[1])
            overrides = written[1].entries.get("Overrides")
            if overrides is not None:
                made: list[Lazy] = []
                for one in items(overrides[1]):
                    image = one.get("ImageId")
                    if isinstance(image, Scalar) and image.text:
                        self._images.setdefault(image.text, image)
                    made.append(Known(Map(self._linked(one)), one.at))
                inner["Overrides"] = overrides[0].at, Known(Seq(made), overrides[0].at)
            entries["LaunchTemplate"] = written[0].at, Known(Map(inner), written[0].at)
        return Known(Map(entries), key.at)

    def _linked(self, part: Mapping) -> Entries:
        entries = entries_of(part)
        link = part.entries.get("LaunchTemplateSpecification")
        if link is not None:
            entries["LaunchTemplateSpecification"] = link[0].at, self._templates.link(*link)
        return entries

    # Images and defaults

    def _image_resources(self) -> Iterator[Resource]:
        """Yield the images that templates and configurations name: what their launches get where they do not say."""
        listed = {string(image.get("ImageId")): image for image in self._listed(IMAGES, "Images")}
        for id, used in sorted(self._images.items()):
            if not id.startswith("ami-"):
                continue
            image = listed.get(id)
            found = image.get("ImageId") if image is not None else None
            at = found.at if found is not None else used.at
            entries: Entries = {}
            if image is not None:
                entries |= chosen(image, ("Tags",))
                support = image.entries.get("ImdsSupport")
                if support is not None:
                    entries["imds_support"] = support[0].at, value_of(support[1], support[0].at)
            else:
                lack = self._holdings.lack(IMAGES, self._region)
                entries["imds_support"] = at, unknown(f"ImdsSupport of {id} in {lack}", at)
            entries["name"] = at, named(used)
            address = self._holdings.arn("ec2", self._region, f"image/{id}")
            yield self._resource(IMAGE_TYPE, address, at, image.at if image is not None else at, entries)

    def _defaults(self) -> Resource:
        """Return the defaults of the region for launches that do not say what they require."""
        address = f"the instance metadata defaults of {self._holdings.account or 'the account'} in {self._region}"
        outputs = self._holdings.outputs(DEFAULTS, self._region)
        level = outputs[0].entries["AccountLevel"] if outputs else None
        at = level[0].at if level is not None else self._holdings.start(self._region)
        entries: Entries = {}
        for name, setting in _DEFAULT_SETTINGS.items():
            if level is None:
                lack = self._holdings.lack(DEFAULTS, self._region)
                entries[setting] = at, unknown(f"{name} in {lack}", at)
                continue
            written = level[1].entries.get(name) if isinstance(level[1], Mapping) else None
            if written is not None and string(written[1]) != _NO_PREFERENCE:
                entries[setting] = written[0].at, value_of(written[1], written[0].at)
        return self._resource(DEFAULTS_TYPE, address, at, at, entries)


class _Templates:
    """The launch templates of a region: a resource for each version that something launches, or may launch."""

    __slots__ = ("_defaults", "_holdings", "_ids", "_latest", "_made", "_named", "_region", "_settings", "_versions")

    def __init__(self, holdings: Holdings, region: str, settings: Callable[[Node | None, Span], Entries]) -> None:
        self._holdings = holdings
        self._region = region
        self._settings = settings
        self._made: dict[tuple[str, tuple[int, str]], Resource] = {}
        self._versions: dict[str, dict[str, Mapping]] = {}
        self._defaults: dict[str, str] = {}
        self._latest: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._named: dict[str, Mapping] = {}
        for output in holdings.outputs(VERSIONS, region):
            for version in items(output.get("LaunchTemplateVersions")):
                id, number = string(version.get("LaunchTemplateId")), string(version.get("VersionNumber"))
                self._versions.setdefault(id, {}).setdefault(number, version)
                self._ids.setdefault(string(version.get("LaunchTemplateName")), id)
                default = version.get("DefaultVersion")
                if isinstance(default, Scalar) and default.value is True:
                    self._defaults[id] = number
        for output in holdings.outputs(TEMPLATES, region):
            for template in items(output.get("LaunchTemplates")):
                id = string(template.get("LaunchTemplateId"))
                self._named[id] = template
                self._ids[string(template.get("LaunchTemplateName"))] = id
                self._latest[id] = string(template.get("LatestVersionNumber"))
                self._defaults[id] = string(template.get("DefaultVersionNumber"))

    def resources(self) -> Iterator[Resource]:
        """Yield the versions that groups launch, and the default and the latest version of every template."""
        for id, versions in sorted(self._versions.items()):
            for number in (self._defaults.get(id), self._latest.get(id, max(versions, key=_in_order))):
                if number is not None and number in versions:
                    self._version(id, number)
        yield from (made for _, made in sorted(self._made.items()))

    def link(self, key: Scalar, written: Node) -> Value:
        """Return the reference of a group to a version of a template."""
        if not isinstance(written, Mapping):
            return value_of(written, key.at)
        id, name = written.get("LaunchTemplateId"), written.get("LaunchTemplateName")
        by = id if isinstance(id, Scalar) and id.text else name
        if not isinstance(by, Scalar):
            return value_of(written, key.at)
        template = by.text if by is id else self._ids.get(by.text, "")
        version = written.entries.get("Version")
        asked = string(version[1]) if version is not None else ""
        at = version[1].at if version is not None else by.at
        number = self._number(template, asked or _DEFAULT)
        if number is None or number not in self._versions.get(template, {}):
            operation = TEMPLATES if number is None and template in self._versions else VERSIONS
            what = f"version {asked or _DEFAULT} of launch template {by.text}"
            missing = unknown(f"{what} in {self._holdings.lack(operation, self._region)}", at, present=True)
            return Known(Map({"LaunchTemplateId": (by.at, missing)}), key.at)
        made = self._version(template, number)
        # It is the content of this resource, whatever its number.
        content = Known(literal_text(number, Origin(at)), at, (), Ref(made, "LatestVersionNumber"))
        return Known(Map({"LaunchTemplateId": (by.at, named(by, Ref(made, "Ref"))), "Version": (at, content)}), key.at)

    def _number(self, id: str, version: str) -> str | None:
        """Return the number of a version; None where it is unknown."""
        known = {_LATEST: self._latest, _DEFAULT: self._defaults}.get(version)
        return known.get(id) if known is not None else version

    def _version(self, id: str, number: str) -> Resource:
        key = id, _in_order(number)
        if key not in self._made:
            version = self._versions[id][number]
            place = version.get("VersionNumber") or version
            data = version.entries.get("LaunchTemplateData")
            settings = self._settings(data[1] if data is not None else None, place.at)
            at = data[0].at if data is not None else place.at
            entries: Entries = {
                **chosen(version, ("LaunchTemplateName",)),
                "LaunchTemplateData": (at, Known(Map(settings), at)),
            }
            template = self._named.get(id)
            if template is not None:
                entries |= chosen(template, ("Tags",))
            address = f"{self._holdings.arn('ec2', self._region, f'launch-template/{id}')} version {number}"
            self._made[key] = self._holdings.resource(
                "AWS::EC2::LaunchTemplate", address, place.at, version.at, entries, self._region
            )
        return self._made[key]


def _in_order(number: str) -> tuple[int, str]:
    """Return what versions are sorted by: their numbers, which have no leading zeros."""
    return len(number), number
