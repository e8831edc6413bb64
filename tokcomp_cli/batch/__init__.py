"""Many files: what is asked for, what is done already, workers that may die, and an output that lasts."""
