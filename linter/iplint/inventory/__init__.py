"""Launches with their profiles, roles and policies, as plain rows for reports.

`listing` makes `rows` of a root that was checked; `drift` sets the rows of an account beside those of the code.
"""
