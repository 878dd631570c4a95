"""The executor: claims jobs, runs them, reports. It needs Redis and no database, and no Django is loaded in it."""
