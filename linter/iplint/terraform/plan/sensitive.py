"""The attributes that providers declare to be secret, which states before Terraform 1.10 do not mark.

Facts: the schemas of the AWS provider 5.100 (`terraform providers schema -json`) and the Terraform Registry's
documentation of the providers random, tls, kubernetes and vault.
"""

from __future__ import annotations

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
