"""Caseplane: support cases answered from evidence, or handed to a person with everything they need."""
