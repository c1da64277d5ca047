"""What is worth telling somebody of: who is told, and how."""
