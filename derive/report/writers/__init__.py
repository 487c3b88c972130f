"""Writers: a document becomes the text of one format, by one writer each."""
