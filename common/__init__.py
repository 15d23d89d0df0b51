"""Tools that every app uses and that know nothing of the product. No models."""
