"""What every study uses, and that knows none of them: runs, records, pages, figures."""
