"""The media room: files in, frames with their times and facts out."""
