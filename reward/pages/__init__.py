"""Stored fits as what a template shows. No queries."""
