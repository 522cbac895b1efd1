"""The contract on Microsoft Azure: one module per part, the same file names as for the other clouds."""
