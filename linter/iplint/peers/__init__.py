"""Other tools beside iplint: their suppressions, and how these become ignores of iplint.

`skips` says what a skip is; `reading` finds all of them, with `comments`, `metadata` and `settings` for those in
sources, in metadata of templates and in configurations of the tools. `references` finds the rules that check what
another tool's check does, and `migration` decides which ignores to write. `reports` reads the results of the tools,
`comparison` sets them beside those of iplint, and `rendering` writes that.
"""
