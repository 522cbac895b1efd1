"""Text functions that index and answerer share: words, terms, stems, stop words, sentences, language, intents, injection."""
