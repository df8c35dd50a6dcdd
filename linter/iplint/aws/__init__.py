"""What AWS means, in any notation. Nothing here knows templates, resources or scenarios: functions take values and
texts.

Launches: `launch_types` has a row for each resource type that launches instances or describes launches, with the paths
(`paths`) of profile, tokens and template. `images` knows public images that require session tokens, `cloud_control` the
names of Terraform's Cloud Control provider, `application_tags` the tags that name an application.

`security_configuration` reads what a security configuration of EMR says of tokens.

Identity: `policy` reads policy documents, with `patterns`, `conditions` and `actions`; `trust` finds whom a role
trusts. `identity_types` has a row for each type that holds or attaches policies, `managed_policies` the policies that
AWS manages, `escalation` the published privilege escalation paths.

Texts: `user_data` unpacks what instances run. `keys` and `secrets` search texts, by the forms in `marks`; `words` finds
out quickly that a text holds none. `metadata_calls`, `credential_exposure`, `credentials_file` and `launch_calls` read
what scripts do.
"""
