"""The diffusion engine: diffusers' model classes and schedulers under a pipeline and coherence methods of our own."""
