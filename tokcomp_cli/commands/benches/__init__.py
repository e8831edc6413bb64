"""`tokcomp bench`: one file a command."""
