"""What launches instances and what is behind each launch, as plain rows for reports."""
