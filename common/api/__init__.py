"""What API operations share: strict reading, one shape of errors, pagination, rates. No models."""
