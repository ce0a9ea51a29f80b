"""Where everything is kept: the protocols that define a store, and its engines. The only place with SQL."""
