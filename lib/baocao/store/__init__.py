"""Versioned tables: what is known, and what was known at any earlier moment."""
