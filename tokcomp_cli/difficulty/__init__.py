"""How hard an input and a question look."""
