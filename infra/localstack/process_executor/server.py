"""LocalStack's server on the hosts of GATEWAY_LISTEN: its own listens on every address, whatever is said."""

from __future__ import annotations

from localstack.config import HostAndPort
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor


class Server(TwistedRuntimeServer):  # type: ignore[misc]
    """Serves plain HTTP on each host and port that it is given, and on no other."""

    def register(
        self, gateway: Gateway, listen: list[HostAndPort], _certificate: tuple[str, str] | None = None
    ) -> None:
        """Listen for `gateway`; an address that is taken ends LocalStack."""
        for address in listen:
            reactor.listenTCP(address.port, TwistedGateway(gateway), interface=address.host)
