"""Understanding a ticket and saying where it goes: configuration, classification, extraction, drafts, routes, likeness.

Pure: no SQL, no HTTP, and no knowledge of a service. The workflow service, the evaluation and the command line share it.
"""
