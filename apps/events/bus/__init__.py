"""The bus: facts go out on it, messages of others come in. One port, an adapter for each kind of bus."""
