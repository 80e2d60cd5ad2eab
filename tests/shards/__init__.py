"""A cluster of two servers behind SPQR: tests of what is the same there, and of what is not."""
