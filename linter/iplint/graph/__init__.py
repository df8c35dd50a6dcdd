"""Pictures of launches with profiles and roles: rows become a `drawing`, which becomes text of `mermaid` or an `svg`,
for which `layout` finds the place of each box.
"""
