"""CLIP image towers, through open_clip."""
