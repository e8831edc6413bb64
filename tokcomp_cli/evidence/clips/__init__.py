"""Clips whose things come, move and go, and questions about when."""
