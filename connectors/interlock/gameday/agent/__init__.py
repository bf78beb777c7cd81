"""The company's agents, each a process of its own, with the real gate and a scripted model."""
