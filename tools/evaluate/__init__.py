"""How coherent a film is, measured without weights: `python -m tools.evaluate FILM.mp4`; docs/topics/evaluation.md."""
