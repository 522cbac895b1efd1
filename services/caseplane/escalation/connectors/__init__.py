"""Translators between tickets of ours and desks outside; see `base` for what each must do."""
