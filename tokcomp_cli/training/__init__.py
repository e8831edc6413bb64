"""The loop that trains, whatever learns."""
