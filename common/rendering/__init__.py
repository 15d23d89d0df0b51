"""Text of models and people as safe HTML."""
