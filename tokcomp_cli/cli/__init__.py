"""What commands share: options, settings, progress, and how results leave."""
