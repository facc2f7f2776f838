"""Where and when: places in layers, sky, weather, and what the air carries."""
