"""Changes as text edits: each notation in a module of its own, and the proof that an edit fixes and breaks nothing."""
