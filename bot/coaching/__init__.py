"""Coaching notes: lessons of maintainers, kept in the repository and shown to its models."""
