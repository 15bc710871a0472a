"""What a post is about and how its writer feels: Finnish first, honest, in the box."""
