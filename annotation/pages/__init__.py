"""Stored results as what a template shows: order, words, chart geometry. No queries."""
