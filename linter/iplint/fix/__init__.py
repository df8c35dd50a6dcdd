"""Changes as text edits: one module for each notation, and the check that an edit fixes and breaks nothing else."""
