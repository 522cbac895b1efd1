"""The contract on Google Cloud: one module per part, with the same file names as for the other clouds."""
