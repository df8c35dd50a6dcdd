"""What a plan marks as sensitive, and the attributes that providers declare to be, which older states do not mark.

Facts: Terraform documentation, JSON Output Format; its states mark values since Terraform 1.10. The schemas of the AWS
provider 5.100 (`terraform providers schema -json`) and the Terraform Registry's documentation of the providers random,
tls, kubernetes and vault.
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.plan.tree import is_true, items, member, members, string, withheld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.syntax.tree import Node

# Members that mark others, each with the one beside it that it marks.
_MARKS = {
    "sensitive_values": "values",
    "before_sensitive": "before",
    "after_sensitive": "after",
    "config_sensitive": "config_values",
}
# What such an object has beside these: the address of a resource, or what is to be done with it.
_STRUCTURE = ("address", "actions")
# What marks a variable or an output as a whole, and what holds its value.
_WHOLE = ("sensitive", "ephemeral")
_HELD = ("value", "default")
# What a node costs, in steps of the budget.
_STEPS = 4
# The attributes that are secret in every type, or in all but a few, and those that hold secrets in a text of their own.
_NAMES = frozenset(
    (
        *("access_token", "account_password", "ad_domain_join_password", "admin_user_password", "api_key"),
        *("api_secret_key", "auth_password", "auth_token", "authorization_api_key_value", "authorization_token"),
        *("basic_auth_credentials", "certificate_private_key", "client_secret", "connection_properties"),
        *("credentials_map", "cross_realm_trust_principal_password", "customer_gateway_configuration", "customer_key"),
        *("db_password", "domain_signing_private_key", "fsx_admin_password", "grant_token", "host_key"),
        *("hsm_partition_password", "kdc_admin_password", "key_material_base64", "key_passphrase"),
        *("master_password", "master_user_password", "oauth_token", "password", "passwords", "plaintext"),
        *("platform_credential", "private_key", "private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"),
        *("sasl_password", "secret_access_key", "secret_binary", "secret_key", "secret_string", "secret_token"),
        *("service_account_password", "service_password", "ses_smtp_password_v4", "shared_secret"),
        *("smb_guest_password", "source_customer_key", "ssh_key", "ssl_client_key_password", "svm_admin_password"),
        *("temporary_password", "token_key", "tunnel1_preshared_key", "tunnel2_preshared_key"),
    )
)
# Further ones of single types, whose names are those of harmless attributes elsewhere.
_BY_TYPE: dict[str, frozenset[str]] = {
    "aws_api_gateway_api_key": frozenset(("value",)),
    "aws_appconfig_hosted_configuration_version": frozenset(("content",)),
    "aws_appsync_api_key": frozenset(("key",)),
    "aws_cloudwatch_event_connection": frozenset(("value",)),
    "aws_codebuild_source_credential": frozenset(("token",)),
    "aws_codebuild_webhook": frozenset(("secret",)),
    "aws_eks_cluster_auth": frozenset(("token",)),
    "aws_grafana_workspace_api_key": frozenset(("key",)),
    "aws_grafana_workspace_service_account_token": frozenset(("key",)),
    "aws_iam_access_key": frozenset(("secret",)),
    "aws_s3_bucket_object_lock_configuration": frozenset(("token",)),
    "aws_s3_bucket_replication_configuration": frozenset(("token",)),
    "aws_ssm_parameter": frozenset(("value",)),
    "aws_ssm_parameters_by_path": frozenset(("values",)),
    "kubernetes_secret": frozenset(("data", "binary_data")),
    "kubernetes_secret_v1": frozenset(("data", "binary_data")),
    "random_bytes": frozenset(("base64", "hex")),
    "random_password": frozenset(("result", "bcrypt_hash")),
    "vault_generic_secret": frozenset(("data", "data_json")),
    "vault_kv_secret_v2": frozenset(("data", "data_json")),
}


def sensitive_names(type: str) -> frozenset[str]:
    """Return the names of the attributes of a type that are secret, at any depth."""
    return _NAMES | _BY_TYPE.get(type, frozenset())


def sensitive(tree: Node) -> Iterator[Scalar]:
    """Yield the scalars that a plan marks as sensitive, whatever part of it they are in.

    A format that grows marks what is new in the same ways: by a member beside the value, or for a whole one.
    """
    changes = {
        string(member(change, "address")): member(change, "change")
        for change in items(member(tree, "resource_changes"))
    }
    declared = member(tree, "configuration", "root_module", "variables")
    for name, variable in members(member(tree, "variables")):
        yield from withheld(member(variable, "value"), member(declared, name, "sensitive"))
    waiting = [tree]
    while waiting:
        charge(_STEPS)
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting += [item for item in node.items if not isinstance(item, Scalar)]
        if not isinstance(node, Mapping):
            continue
        for mark, marked in _MARKS.items():
            yield from withheld(node.get(marked), node.get(mark))
        if "values" in node.entries:
            yield from withheld(node.get("values"), member(changes.get(string(node.get("address"))), "after_sensitive"))
        for whole in map(node.get, _WHOLE):
            if is_true(whole):
                for held in (*map(node.get, _HELD), member(node, "expression", "constant_value")):
                    yield from withheld(held, whole)
        # The arguments of a module call, and the variables of the module that it gives them to.
        given, takes = node.get("expressions"), member(node, "module", "variables")
        for name, argument in members(given) if takes is not None else ():
            yield from withheld(member(argument, "constant_value"), member(takes, name, "sensitive"))
        passed = _MARKS.values() if any(name in node.entries for name in _STRUCTURE) else ()
        waiting += [inner for name, inner in members(node) if name not in passed and not isinstance(inner, Scalar)]
