"""Text to located trees: knows notations, knows nothing of AWS."""
