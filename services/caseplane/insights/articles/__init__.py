"""Articles: written from what people answered, approved by two of them, published, measured, taken back."""
