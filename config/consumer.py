"""The worker's connection to the broker. Loaded by workers only."""

import time

from celery.worker.consumer import Consumer


class PatientConsumer(Consumer):
    """Celery's consumer, which waits before it connects again to a broker that refused it: one that is full answers at once."""

    SECONDS = 2

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        super().on_connection_error_before_connected(exc)
        time.sleep(self.SECONDS)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        super().on_connection_error_after_connected(exc)
        time.sleep(self.SECONDS)
