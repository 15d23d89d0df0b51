"""Reads: judgements as arrays, and stored figures."""
