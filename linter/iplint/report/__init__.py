"""Findings as text: for people, for programs (JSON) and for code scanning (SARIF)."""
