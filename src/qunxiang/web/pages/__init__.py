"""The pages: one module per subject; each that has a `router` becomes part of the app."""
