"""Reads: stored results, and what is counted at the moment of reading."""
