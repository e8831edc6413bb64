"""The run: what needs encoders and methods together."""
