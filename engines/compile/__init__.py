"""Networks made ready to run: what they take and give, how they are exported, built, kept, checked and run."""
