"""Suppressions for other tools in templates, converted to those of iplint."""
