"""Results as JSON documents, one file a command."""
