"""Results made again from their JSON documents."""
