"""PVC in small: attention over time in the embedded encoder, 64 tokens a frame (arXiv 2412.09613)."""
