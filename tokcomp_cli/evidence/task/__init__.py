"""The task: pictures with questions about them, and what is known of the answers."""
