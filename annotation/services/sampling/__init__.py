"""Pairs made from responses, and simulated judgements of them."""
