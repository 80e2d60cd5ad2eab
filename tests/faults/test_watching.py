"""send-queued --watch outlives the server."""

from __future__ import annotations

import signal

from tests.faults.command_faults import sending_command
from tests.faults.load import wait_until
from tests.faults.scene import Scene, set_scene
from tests.faults.server import FragileServer
from tests.sending.fake_provider import FakeProvider, run_fake_provider


def test_watching_sender_goes_on_when_server_is_back(fragile: FragileServer) -> None:
    with set_scene(fragile, lambda: False) as scene, run_fake_provider() as provider:
        process = sending_command(scene, provider, "--watch")
        try:
            _queue(scene, provider, "before")
            fragile.stop()
            assert process.stderr is not None
            lines = [process.stderr.readline() for _ in range(2)]
            fragile.start()
            _queue(scene, provider, "after")
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        assert all(line.endswith("; trying again\n") for line in lines), lines
        assert "Traceback" not in errors
        assert provider.texts == ["before", "after"]


def _queue(scene: Scene, provider: FakeProvider, text: str) -> None:
    """Queues a message and waits until the provider has it and the row says so."""
    with scene.connect() as session:
        session.execute(
            "insert into whatsapp_message (business_id, direction, to_number, body, status) "
            "values (1, 'outbound', '+972501234567', %s, 'queued')",
            [text],
        )
        wait_until(
            lambda: (
                session.execute(
                    "select status from whatsapp_message where body = %s", [text]
                ).fetchall()
                == [("sent",)]
            ),
            f"{text!r} is sent",
            60,
        )
