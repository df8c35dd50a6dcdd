"""Run rules on subjects: which scenarios are tried, what is reported, what is suppressed.

`session` is the public API. `engine` checks one root at a time: `survey` finds the subjects that only other scenarios
have; for each rule and subject, `exploration` chooses the scenarios; `proving` makes the proofs of launches of what the
obligations and the rules say. `workers` has roots checked in other processes. After all roots, `by_name` compares what
one gives by name to roles that another declares.

`selection` chooses the rules, to which `custom_rules` adds those of users, and `suppressions` removes from a report
what comments and settings suppress.
"""
