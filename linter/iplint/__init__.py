"""iplint: proves that code on EC2 gets its credentials from an instance profile, or says what breaks it."""

__version__ = "0.2.0"
