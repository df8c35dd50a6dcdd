"""Findings as text: for people, for programs (JSON) and for code scanning (SARIF).

One module for each format, each with a function `render`: `text`, `concise`, `json`, `sarif`, `github`, `gitlab`,
`junit`, `markdown`, `rdjson`. All show texts through `masking`: no secret and no control
character is written. `fingerprint` identifies a finding across runs. `inventory` and `proofs` are the reports of the
commands of these names, `rule_page` that of `iplint explain`; `diff` shows fixes, `statistics` counts, and `notices`
chooses what is listed of what was not read.
"""
