"""Which lessons earn their place in prompts, and the change that follows from that."""
