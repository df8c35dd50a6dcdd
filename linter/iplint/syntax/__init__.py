"""Text to located trees: parses notations, knows nothing of AWS.

`decoding` converts bytes to a source. `yaml` reads YAML and JSON to the tree in `tree`, from the events of `libyaml`,
or of `pure_yaml` where there is no C parser; `cty_yaml` has the rules of Terraform's `yamldecode` where they are
others. `partial` reads JSON in a text that has holes, and `embedded` a document inside another text. `hcl` reads HCL,
including its templates, to the tree in `hcl_tree`. `shell` reads scripts to commands. `line_breaks` has the characters
that end a line of YAML, `pattern` compiles expressions when they are first used, and `alternatives` reads those that
only choose between texts. All report a `problem` with its place.
"""
