from tests.conftest import insert


def test_smoke(connection, business_id):
    a = insert(connection, business_id, "inbound", address="0501234567")
    b = insert(connection, business_id, "outbound", address="972501234567:12@s.whatsapp.net")
    assert a.conversation_id == b.conversation_id is not None


def test_smoke2(database):
    assert database
