"""What is published about people."""

RENAMED = "people.renamed"
