"""What ``certhound aql shell`` is made of: what it answers, how lines become queries, the line editor."""
