"""JSON web tokens: who has signed them, and which policies they stand for."""
