"""Findings as text: for people, for programs (JSON) and for code scanning (SARIF).

A module a format, each with a function `render`. All take what they show through `masking`: no secret and no control
character leaves. `fingerprint` recognises a finding in the next run. `inventory` and `proofs` are the reports of the
commands of these names; `diff` shows fixes, and `statistics` counts.
"""
