"""Run the function and the Streamlit page on loopback until Ctrl-C: `make demo`."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Message, Printer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOST = "127.0.0.1"


class DemoPrinter(Printer):  # type: ignore[misc]
    """Prints the servers' lines with time and name, and what ready.py says as it is, so that the curl can be copied."""

    def write(self, message: Message) -> None:
        """Print a line."""
        self.prefix = message.name != "demo"
        super().write(message)


def main() -> int:
    """Check the ports, run everything, and return an exit code."""
    try:
        port, streamlit_port = (
            free_port(name, default) for name, default in (("PORT", 8080), ("STREAMLIT_PORT", 8501))
        )
    except ValueError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    if port == streamlit_port:
        print(f"Error: PORT and STREAMLIT_PORT are both {port}; choose two", file=sys.stderr)
        return 2
    function_url, page_url = f"http://{HOST}:{port}", f"http://{HOST}:{streamlit_port}"
    python = shlex.quote(sys.executable)
    environment = {**os.environ, "API_URL": function_url, "PYTHONUNBUFFERED": "1"}
    printer = DemoPrinter(sys.stdout)
    manager = Manager(printer)
    manager.add_process(
        "function",
        f"exec {python} -m uvicorn predict.main:app --host {HOST} --port {port}",
        env=environment,
        cwd=str(ROOT),
    )
    manager.add_process(
        "streamlit",
        f"exec {python} -m streamlit run app.py --server.address {HOST} --server.port {streamlit_port}",
        env=environment,
        cwd=str(ROOT / "frontend" / "streamlit"),
    )
    manager.add_process(
        "demo", f"exec {python} infra/ready.py {function_url} {page_url}", env=environment, cwd=str(ROOT)
    )
    # A closed terminal ends the demo too: its processes have sessions of their own and would go on.
    signal.signal(signal.SIGHUP, lambda _signal, _frame: os.kill(os.getpid(), signal.SIGTERM))
    try:
        manager.loop()
    except OSError:  # nobody reads what is printed any more
        with Path(os.devnull).open("w") as printer.output:
            manager.kill()
        return 1
    return 0 if manager.returncode in (130, 143) else int(manager.returncode)


def free_port(name: str, default: int) -> int:
    """Return the port that the variable `name` asks for.

    Raises:
        ValueError: it is no port, or something listens there.
    """
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65_536):
        raise ValueError(f"{name}={text} is not a port; give a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except OSError as error:
            raise ValueError(
                f"port {text} is taken ({error.strerror}); stop what uses it, or choose another: "
                f"make demo {name}={int(text) + 1}"
            ) from None
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
