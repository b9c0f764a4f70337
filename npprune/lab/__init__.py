"""What all studies share, and what knows none of them: runs, records, pages, figures."""
