"""Plans and states as `terraform show -json` prints them: convert them to resources.

`document` is the entry point; `state` makes a state as Terraform keeps it into one that it reads, and `unsupported`
recognizes outputs that are neither. `tree` reads their JSON. `values` has the values of one resource, with what
`references` finds in the configuration part, by the notation in `address`, `providers` the configuration of its
provider, and `places` where it is written in `.tf` files. `sensitive` lists attributes that are secret.

Facts: Terraform documentation, JSON Output Format; OpenTofu documentation, JSON Output Format.
"""
