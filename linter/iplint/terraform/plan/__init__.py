"""Plans and states as `terraform show -json` prints them: convert them to resources.

Facts: Terraform documentation, JSON Output Format; OpenTofu documentation, JSON Output Format.
"""
