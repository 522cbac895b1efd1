"""Training of the reader: `docs/reader.md` tells its data, its figures and how to repeat it.

`python -m tools.training.build` makes labelled questions from public data with the product's own parsers; it runs in the
repository's environment. `train` and `export` need torch and run in one of their own.
"""
