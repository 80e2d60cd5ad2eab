"""Bridges: triggers on the tables of gateways and CRMs that copy what they write."""
