"""Which objects are this product's, and in which of its two schemas each stands."""

from __future__ import annotations

from onethread.database.config import DB_DIR

# The schemas with something of ours, for `... in` them. The second is not there before migrate.
OUR_SCHEMAS = "('public'::regnamespace, to_regnamespace('onethread'))"

# What programs and people of the CRM read and write; every other table is in schema onethread.
CRM_TABLES = (
    "business",
    "business_number",
    "lead",
    "whatsapp_conversation",
    "whatsapp_identity",
    "whatsapp_identity_evidence",
    "whatsapp_message",
    "whatsapp_message_event",
)
# What the installation says of itself: no tenant's, and of nobody.
INSTALLATION_TABLES = ("adopted_table", "source")
# Views stand beside the tables that they show.
VIEWS = tuple(sorted(path.stem for path in (DB_DIR / "views").glob("*.sql")))


def placed(relation: str) -> str:
    """A table or view of ours with its schema, for SQL."""
    schema = "public" if relation in CRM_TABLES + VIEWS else "onethread"
    return f"{schema}.{relation}"
