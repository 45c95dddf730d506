"""Tables as files: PDF, Excel and CSV, each safe to open and honest about what it leaves out."""
