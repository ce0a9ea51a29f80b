"""The web process: records and answers. The only asynchronous code; it never sends and never decides."""
