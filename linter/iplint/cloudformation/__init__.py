"""CloudFormation: located trees to resources, as each scenario has them.

`template` is the way in. `evaluate` gives the value of a node, with `functions` for the intrinsic functions,
`conditions` for what is true, `loops` for Fn::ForEach, `parameters` for what a deployer chooses and `texts` for putting
texts together; `text occurrences` walks through every text, whether a scenario uses it or not. `nested` finds the
templates of nested stacks, `exports` what templates import from each other, `parameter_files` what a deployer has
written down. `transform` lets AWS's translator expand a SAM template before it is evaluated.
"""
