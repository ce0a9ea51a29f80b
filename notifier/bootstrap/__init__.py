"""The one place where everything is put together; web and worker apart: the web never loads Apprise."""
