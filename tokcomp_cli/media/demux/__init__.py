"""What the packets of a video tell before anything of it is decoded."""
