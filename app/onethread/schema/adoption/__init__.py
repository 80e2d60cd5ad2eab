"""Bringing Onethread to a CRM database that exists: look, adopt, link its history, leave again."""
