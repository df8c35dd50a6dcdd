"""CloudFormation: located trees to the resources of each scenario.

`template` is the entry point; `reading` recognizes a template, and reads it. Before it is evaluated, `include` and
`rain` insert local files, and `transform` expands a SAM template with AWS's translator.

`evaluate` returns the value of a node, with `functions` for the intrinsic functions (`calls` recognizes them),
`conditions` for their truth, `loops` for Fn::ForEach, `parameters` for what a deployer chooses, `assertions` for what
the section Rules allows of it, and `texts` for joining texts. What these ask of the template is a protocol in
`context`. `text_occurrences` walks through every text, whether a scenario uses it or not; `metadata` has the ignores
that are written there.

`nested` finds the templates of nested stacks, which a resource of any notation may hold (`holders`), and `deployed`
what another notation deploys through CloudFormation. `exports` has what templates import from each other, `interface`
which others each one depends on for that, `parameter_files` the parameter values in files.
"""
