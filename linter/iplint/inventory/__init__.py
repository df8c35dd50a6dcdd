"""Launches with their profiles, roles and policies, as plain rows for reports."""
