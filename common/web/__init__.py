"""What views share: paging, parameters of the query string, forms and responses. No models."""
