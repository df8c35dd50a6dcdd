"""Findings as text: for people, for programs (JSON) and for code scanning (SARIF).

One module for each format, each with a function `render`. All show texts through `masking`: no secret and no control
character is written. `fingerprint` identifies a finding across runs. `inventory` and `proofs` are the reports of the
commands of these names; `diff` shows fixes, and `statistics` counts.
"""
