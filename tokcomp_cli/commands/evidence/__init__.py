"""Commands that train and judge on questions about pictures and clips."""
