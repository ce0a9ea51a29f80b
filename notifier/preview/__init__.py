"""The preview: every template as its reader sees it, on a local page that follows edits, or as files."""
