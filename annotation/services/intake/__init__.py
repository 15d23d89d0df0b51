"""Files read into prompts, pairs and judgements."""
