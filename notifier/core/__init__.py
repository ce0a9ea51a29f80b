"""The pure core: values and functions over them. No clock, environment, file or socket."""
