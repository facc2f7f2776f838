"""Engines turn frame specifications into pictures; they know nothing of Kafka or browsers."""
