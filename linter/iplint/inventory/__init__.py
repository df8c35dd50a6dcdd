"""What launches instances and what stands behind each launch, as plain rows for reports."""
