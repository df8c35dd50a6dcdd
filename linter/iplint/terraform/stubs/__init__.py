"""Stubs of well-known modules of the public registry: their resources, as far as they matter for credentials.

Each stub is a text in Terraform's language: the inputs that matter, with their defaults, and the resources that use
them. A `since` block in a variable has the default from a version on; one without a default says that it is not known
from which version on it is another. Names that begin with an underscore are no inputs: they say what depends on the
version alone. What a module has and no stub has, an input or an output, stays unknown.

`table` has the modules with the versions that each stub is true for, `parts` what several stubs have in common. The
stubs are in a module for each registry module, or family of them: `autoscaling`, `ecs`, `eks` (before version 18:
`worker_groups`), `iam`, `instances`, and `cloudposse` for those of Cloud Posse.
Facts: the sources, change logs and upgrade guides of the modules.
"""
