"""Where a company stands: competitors, deals won and lost, the map of brands, brand strength, and what to say."""
