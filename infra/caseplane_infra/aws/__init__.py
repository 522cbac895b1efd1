"""The contract on Amazon Web Services: one module per part, with the same file names as for the other clouds."""
