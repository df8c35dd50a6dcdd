"""The characters that end a line of YAML for libyaml."""

# YAML 1.1 has NEL, LS and PS too, which libyaml reads so in any document.
YAML_BREAKS = "\n\r\x85\u2028\u2029"
