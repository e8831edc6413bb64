"""Many files: inputs, worker processes that may die, and an output that survives them."""
