"""The resources that contain a template, in any notation, and how they pass parameters to it.

Facts: CloudFormation Template Reference, "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet"; Terraform AWS
provider documentation, `aws_cloudformation_stack`, `aws_cloudformation_stack_set` and its instances; AWSCC provider
documentation.
"""

from __future__ import annotations

from iplint.value import Absent, Known, Map, Reason, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.resource import Resource
    from iplint.value import Value


class Holder:
    """How the resources of a type contain a template, by the names of their properties.

    `what` is the word for them, `body` the template as a text ("" if there is no such property), `url` its address
    otherwise. `given` are the parameters: a mapping, or where `pair` names its members, a list of names and values.
    `groups` is the path to the lists that override parameters for some stacks of a set. `is_set` says that the stacks
    are created in accounts and regions of their own.
    """

    __slots__ = ("body", "given", "groups", "is_set", "pair", "url", "what")

    def __init__(
        self,
        what: str,
        body: str,
        url: str,
        given: str,
        pair: tuple[str, str] | None = None,
        groups: tuple[str, str] | None = None,
    ) -> None:
        self.what = what
        self.body = body
        self.url = url
        self.given = given
        self.pair = pair
        self.groups = groups
        self.is_set = what == "stack set"

    def passed(self, stack: Resource, name: str, instances: Iterable[Resource] = ()) -> Value:
        """Return the value that a stack passes to the parameter `name`.

        `instances` create stacks of sets with other values.
        """
        for given in self._elsewhere(stack, instances):
            found = self._named(given, name)
            if not isinstance(found, Absent):
                reason = Reason(f"what some stacks of {stack.address} get in place of parameter {name}", found.at)
                return Unknown((reason,), found.at, present=True)
        return self._named(dig(stack.properties, (self.given,)), name)

    def given_values(self, stack: Resource, name: str, instances: Iterable[Resource] = ()) -> Iterator[Value]:
        """Yield every value that a stack, or some stacks of a set, pass to the parameter `name`."""
        for given in (dig(stack.properties, (self.given,)), *self._elsewhere(stack, instances)):
            yield self._named(given, name)

    def _elsewhere(self, stack: Resource, instances: Iterable[Resource]) -> Iterator[Value]:
        """Yield the overrides for some of the stacks of a set."""
        if self.groups is not None:
            groups, overrides = self.groups
            for group in spread(dig(stack.properties, (groups,))):
                yield dig(group, (overrides,))
        for instance in instances if self.is_set else ():
            of = dig(instance.properties, ("stack_set_name",))
            ref = of.ref if isinstance(of, Known | Unknown) else None
            if ref is None or ref.resource.address == stack.address:
                yield dig(instance.properties, ("parameter_overrides",))

    def _named(self, given: Value, name: str) -> Value:
        if self.pair is None:
            return dig(given, (name,))
        key, value = self.pair
        unknown: Unknown | None = None
        for item in spread(given):
            match item:
                case Unknown():
                    unknown = unknown or item
                case Known(Map()) if as_text(dig(item, (key,))) == name:
                    return dig(item, (value,))
                case _:
                    pass
        return unknown or Absent(given.at)


NESTED = "AWS::CloudFormation::Stack"
# A resource of any type of CloudFormation, without a template.
CLOUD_CONTROL = "aws_cloudcontrolapi_resource"
# What makes stacks of a set that is declared apart.
INSTANCES = ("aws_cloudformation_stack_set_instance", "aws_cloudformation_stack_instances")
_TERRAFORM = ("template_body", "template_url", "parameters")
HOLDERS = {
    NESTED: Holder("nested stack", "", "TemplateURL", "Parameters"),
    "AWS::CloudFormation::StackSet": Holder(
        "stack set",
        "TemplateBody",
        "TemplateURL",
        "Parameters",
        ("ParameterKey", "ParameterValue"),
        ("StackInstancesGroup", "ParameterOverrides"),
    ),
    "aws_cloudformation_stack": Holder("stack", *_TERRAFORM),
    "aws_cloudformation_stack_set": Holder("stack set", *_TERRAFORM),
    "awscc_cloudformation_stack": Holder("stack", *_TERRAFORM),
    "awscc_cloudformation_stack_set": Holder(
        "stack set",
        *_TERRAFORM,
        ("parameter_key", "parameter_value"),
        ("stack_instances_group", "parameter_overrides"),
    ),
}
