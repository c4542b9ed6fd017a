"""The web process: HTTP, both websockets and ingest, for daphne and for uvicorn."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

_http = get_asgi_application()  # sets Django up, so it comes before whatever imports models

from project.bounds import bounded  # noqa: E402
from realtime import asking, fanout, hub, pipeline, presence, screening  # noqa: E402
from realtime.consumers.socket import Receive, Scope, Send  # noqa: E402
from realtime.database import settle  # noqa: E402
from realtime.routing import websocket  # noqa: E402


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop with the server, where it says so (uvicorn; daphne does not)."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            fanout.forget()
            await hub.close()
            await asking.close()
            await pipeline.close()
            await screening.close()
            await presence.stop()
            await settle()
            await send({"type": "lifespan.shutdown.complete"})
            return


_router = ProtocolTypeRouter(
    {
        "http": bounded(_http),  # type: ignore[arg-type]  # Django's messages are mappings
        "websocket": websocket,
        "lifespan": lifespan,
    }
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request, one websocket, or the server's start and stop."""
    presence.start()  # also a process without gateways sweeps
    fanout.publisher()  # and its threads find whom to publish through; both cost a look-up
    await _router(scope, receive, send)


# What lives as long as the process need not be looked at again and again: a fifth less work per
# reading under load, because decoded frames are many small objects.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 50, 1_000)
