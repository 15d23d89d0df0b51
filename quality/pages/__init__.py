"""What pages show of stored figures: sentences, charts, states. No queries, no requests, no markup."""
