"""What other tools are told in templates: their suppressions, converted to those of iplint."""
