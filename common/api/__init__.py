"""What API operations share: strict reading, one shape of errors, pagination, rates. Nothing here knows a model."""
