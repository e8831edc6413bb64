"""Does a figure foretell whether questions are still answered? A task, an answerer, and statistics."""
