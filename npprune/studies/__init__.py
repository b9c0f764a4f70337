"""One file a question: each measures and returns records, and draws from records only."""
