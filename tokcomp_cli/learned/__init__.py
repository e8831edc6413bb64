"""Training of what learns to compress; nothing here is needed to run it."""
