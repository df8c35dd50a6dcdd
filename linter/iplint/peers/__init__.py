"""What other tools are reported in templates: their suppressions, converted to those of iplint."""
