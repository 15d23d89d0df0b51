"""Accounts, tokens and the audit log."""
