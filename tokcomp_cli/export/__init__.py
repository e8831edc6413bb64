"""What is sent to a model: which tier is enough, which frames stand for a video, files and a message."""
