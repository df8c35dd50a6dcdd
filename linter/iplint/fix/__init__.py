"""Changes as text edits: one module for each notation, and the check that an edit fixes and breaks nothing else.

`fixing` is the entry point: it chooses findings, and keeps an edit only if the new report is better. `template` and
`configuration` make the edits of CloudFormation and of HCL, with what `edit` has for both; `comments` finds where a
comment can be written, and `files` writes edited files whole. For an account, `commands` has the commands of the AWS
CLI that fix a finding.
"""
