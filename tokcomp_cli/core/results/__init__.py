"""What commands find out, one file a kind of result."""
