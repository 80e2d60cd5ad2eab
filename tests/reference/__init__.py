"""The reference in docs/reference: made from what is there, and compared with it."""
