"""Every way to merge a video, and the fewest tokens with which one reaches a target."""
