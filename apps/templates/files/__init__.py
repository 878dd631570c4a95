"""Template documents in files: reading a tree of files, and exporting published versions into one."""
