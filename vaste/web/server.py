"""Serves the pages from a thread of its own, so that a stuck browser delays no alert."""

import socket
import threading

import uvicorn
from starlette.applications import Starlette


class PageUnavailable(Exception):
    """The page can't be served at this address; the message says why and what to do."""


class Server:
    """One web server in one thread."""

    def __init__(self, pages: Starlette, listen: tuple[str, int]) -> None:
        """Take the address at once; raises PageUnavailable when somebody else has it."""
        host, port = listen
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise PageUnavailable(
                f"web.listen: {host}:{port} can't be served ({reason}); choose another"
            ) from error
        config = uvicorn.Config(
            pages, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="pages", daemon=True)

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def start(self) -> None:
        """Begin to serve; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving within 2 s."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])
