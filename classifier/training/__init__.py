"""How the bundled model is made; nothing of the product imports this."""
