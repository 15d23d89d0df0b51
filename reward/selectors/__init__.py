"""Reads of reward, one module per noun."""
