"""Tools that every app uses, independent of the product. No models."""
