"""The cast: who they are, how they are jointed and dressed, what they do, and the light on them."""
