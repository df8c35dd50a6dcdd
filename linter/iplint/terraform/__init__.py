"""Terraform: located trees to the resources of each scenario. Also OpenTofu, Terragrunt and Packer.

Reading: `configuration` is one directory as it is written, in either syntax (`json_syntax` converts the tree of the
JSON syntax to that of the native one). `variables` has the inputs of a root, `terragrunt` those of a unit. `installed`
finds modules that `terraform init` has installed in a root, `registry` makes modules of the stubs for well-known ones
that are not installed (`stubs/`), `versions` compares their versions, and `callers` finds who calls a module.

Evaluating: `evaluate` is a root in a scenario: it makes resources from blocks (`body`, `repetition` for count and
for_each, `providers`), with `computed` for attributes that follow from arguments and `policy_document` for the data
source of that name. `expression` evaluates one expression in a `scope`, `access` looks up attributes and items, `truth`
decides conditions. `functions` has every function, by what it works on (`functions_text`, `functions_collection`...),
and `files` those that read files. `failure` marks what Terraform would reject, for `try` and `can`.

Texts: `text_occurrences` walks through every text of a module, in every branch; `source_map` maps expressions inside
strings back to their places.

In addition: `plan/` reads plans and states in JSON, `packer` and `packer_root` read Packer's templates.
"""
