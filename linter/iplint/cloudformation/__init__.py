"""CloudFormation: located trees to the resources of each scenario.

`template` is the entry point. `evaluate` returns the value of a node, with `functions` for the intrinsic functions,
`conditions` for their truth, `loops` for Fn::ForEach, `parameters` for what a deployer chooses and `texts` for joining
texts; `text_occurrences` walks through every text, whether a scenario uses it or not. `nested` finds the templates of
nested stacks, `exports` what templates import from each other, `parameter_files` the parameter values in files.
`transform` expands a SAM template with AWS's translator before it is evaluated.
"""
