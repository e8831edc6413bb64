"""One pass over a file: decode, skip what looks the same, encode, hand the tokens on."""
