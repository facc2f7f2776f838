"""What keeps frame after frame one film: each method a few small functions on tensors, with formula and source."""
