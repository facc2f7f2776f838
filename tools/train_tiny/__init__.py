"""A small diffusion model of our own, trained from nothing on a CPU. How far it came: docs/topics/tiny.md."""
