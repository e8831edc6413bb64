"""Does a figure predict whether questions are still answered? A task, an answerer, and statistics."""
