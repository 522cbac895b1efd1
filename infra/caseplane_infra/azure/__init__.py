"""The contract on Microsoft Azure: one module per part, with the same file names as for the other clouds."""
