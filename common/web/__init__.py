"""What views share: paging, parameters of the query string, forms and responses. Nothing here knows a model."""
