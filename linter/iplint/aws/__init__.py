"""What AWS means, whatever the notation: policies, trust, launch types, keys."""
