"""Tags that distinguish applications and environments, and where launches and their templates have tags.

Facts: AWS Tagging Best Practices, "Tagging categories"; CloudFormation Template Reference and the Terraform Registry's
AWS provider documentation, page of each type.
"""

from __future__ import annotations

# What tags are called that hold the name of an application or of an environment, in small letters without separators.
TELLING = frozenset(
    (
        "app",
        "appid",
        "application",
        "applicationid",
        "applicationname",
        "appname",
        "env",
        "environment",
        "project",
        "stage",
    )
)
# Maps from the tag's name to its value, and lists of items with the names of the members that hold the two.
TAG_MAPS = (("tags",), ("tag_specifications", "*", "tags"))
TAG_LISTS = (
    (("Tags",), "Key", "Value"),
    (("TagSpecifications", "*", "Tags"), "Key", "Value"),
    (("tag",), "key", "value"),
    (("tags",), "key", "value"),
    (("tag_specifications", "*", "tags"), "key", "value"),
)


def is_distinguishing(name: str) -> bool:
    """Return whether a tag of this name distinguishes applications or environments; a prefix ends with a colon."""
    plain = name.lower().rpartition(":")[2]
    return "".join(letter for letter in plain if letter.isalnum()) in TELLING
