"""What a message asks, without what mail programs, organisations and machines put around it."""

from caseplane.text.cleaning.clean import clean

__all__ = ["clean"]
