"""The contract on Google Cloud: one module per part, the same file names as for the other clouds."""
