"""Text to located trees: parses notations, knows nothing of AWS.

`decoding` converts bytes to a source. `yaml` reads YAML and JSON, from the events of `libyaml`, to the tree in `tree`;
`partial` reads JSON in a text that has holes, and `embedded` a document inside another text. `hcl` reads HCL, including
its templates, to the tree in `hcl_tree`. `shell` reads scripts to commands. `line_breaks` has the characters that end a
line of YAML, and `pattern` compiles expressions when they are first used. All report a `problem` with its place.
"""
