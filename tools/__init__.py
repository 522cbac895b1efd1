"""Programs for the people who work on Caseplane; nothing of them is shipped."""
