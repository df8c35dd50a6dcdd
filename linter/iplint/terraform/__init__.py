"""Terraform: located trees to the resources of each scenario. Also OpenTofu, Terragrunt and Packer.

Reading: `configuration` is one directory as it is written, in either syntax (`json_syntax` converts the tree of the
JSON syntax to that of the native one). `variables` has the inputs of a root, with the values that validations allow
(`domains`), `terragrunt` those of a unit. `sources` reads the sources of modules; `installed` finds modules that
`terraform init` has installed in a root, `registry` makes modules of the stubs for well-known ones that are not
installed (`stubs/`), `versions` compares their versions, and `callers` finds who calls a module. `moved` has the former
addresses of resources, and `side_files` reads tests, queries and stacks.

Evaluating: `evaluate` is a root in a scenario: it makes resources from blocks (`body`, `repetition` for count and
for_each, `providers`), with `computed` for attributes that follow from arguments and `policy_document` for the data
source of that name. `expression` evaluates one expression in a `scope`, `access` looks up attributes and items, `truth`
decides conditions. `failure` marks what Terraform would reject, for `try` and `can`.

Types: `types` converts values, `unification` finds the common type of several, `equality` compares and makes sets,
`unicode` has the form of texts.

Functions: `functions` has all that need only their arguments, in modules by what they work on: `functions_collection`,
`functions_conversion`, `functions_encoding`, `functions_format`, `functions_number`, `functions_path`,
`functions_text`, and `functions_provider` for those of providers. They share `functions_base`; `functions_regex`
searches with the expressions of `re2`, `yaml_writer` writes for `yamlencode`. `files` has the functions that read
files.

Texts: `text_occurrences` walks through every text of a module, in every branch; `source_map` maps expressions inside
strings back to their places.

In addition: `plan/` reads plans and states in JSON, `packer` and `packer_root` read Packer's templates.
"""
