"""A small diffusion model of our own, in diffusers' format: `--engine tiny`. What it is: README.md in this folder."""

from __future__ import annotations

from pathlib import Path

NAME = "tiny"
FOLDER = Path(__file__).parent
SIZE = 128
"""Pixels of a side that it was trained for."""
