"""The gate before the encoder: which frames look the same as one that is encoded."""
