"""What some paths hold: files are found and classified, and become pending roots, which are read one at a time."""
