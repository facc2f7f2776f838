"""What words mean here: nouns, verbs, numbers, colours, seasons; and letters."""
