"""Run rules on subjects: which scenarios are tried, what is reported, what is suppressed.

`session` is the public API. `engine` checks one root at a time; for each rule and subject, `exploration` chooses the
scenarios. `selection` chooses the rules, and `suppressions` removes from a report what comments and settings suppress.
"""
