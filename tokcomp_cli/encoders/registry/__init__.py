"""Which encoders there are, where their weights lie, and fetching them; torch is never imported here."""
