"""What people say of tickets and of what was made of them: ratings, corrections, comments; each is a label."""
