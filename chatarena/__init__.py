"""Competing advisers with hidden objectives, a person with a decision, and what competition does for her."""

__version__ = "0.1.0"
