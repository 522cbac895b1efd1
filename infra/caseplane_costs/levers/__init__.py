"""What would make a stack cheaper: each lever estimates the stack again with one change."""
