"""A small diffusion model of our own, from nothing to a folder in diffusers' format: `python -m tools.train_tiny`."""
