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

from predict.model import ModelError, load_model
from predict.settings import Settings, SettingsError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOST = "127.0.0.1"
RETRY_S = 0.05


class DemoPrinter(Printer):  # type: ignore[misc]
    """Prints the servers' lines with time and name, and what ready.py says as it is, so that the curl can be copied."""

    is_read = True

    def write(self, message: Message) -> None:
        """Print a line; where nobody reads it any more, ask the demo to stop, and print to nowhere from then on."""
        self.prefix = message.name != "demo"
        try:
            super().write(message)
        except OSError:
            self.is_read = False
            # The descriptor itself, since Python flushes at exit what the failed write has left in the buffer.
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), self.output.fileno())
            signal.raise_signal(signal.SIGTERM)
        except RuntimeError:  # Ctrl-C in the middle of a line: what the handler has to say cannot be printed into it
            return


class DemoManager(Manager):  # type: ignore[misc]
    """Runs the processes, and can stop them before all have started: honcho alone fails there, and waits forever."""

    def terminate(self) -> None:
        """Stop every process, as soon as the process ids of all are known."""
        if self._all_started():
            super().terminate()
        else:
            signal.signal(signal.SIGALRM, lambda _signal, _frame: self.terminate())
            signal.setitimer(signal.ITIMER_REAL, RETRY_S)


def main() -> int:
    """Check the ports and the model, run everything, and return an exit code."""
    try:
        port, streamlit_port = (
            free_port(name, default) for name, default in (("PORT", 8080), ("STREAMLIT_PORT", 8501))
        )
        # The function loads it again; here the reason is one line, and not the end of a server's traceback.
        load_model(ROOT / Settings.from_environment(os.environ).model_path)
    except (ValueError, SettingsError, ModelError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    if port == streamlit_port:
        print(f"Error: PORT and STREAMLIT_PORT are both {port}; choose two", file=sys.stderr)
        return 2
    function_url, page_url = f"http://{HOST}:{port}", f"http://{HOST}:{streamlit_port}"
    python = shlex.quote(sys.executable)
    environment = {**os.environ, "API_URL": function_url, "PYTHONUNBUFFERED": "1"}
    printer = DemoPrinter(sys.stdout)
    manager = DemoManager(printer)
    manager.add_process(
        "function",
        f"exec {python} -m uvicorn predict.main:app --no-access-log --ws none --host {HOST} --port {port}",
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
    signal.signal(signal.SIGHUP, lambda _signal, _frame: signal.raise_signal(signal.SIGTERM))
    manager.loop()
    if not printer.is_read:
        return 1
    return 0 if manager.returncode in (130, 143) else int(manager.returncode)


def free_port(name: str, default: int, target: str = "demo") -> int:
    """Return the port that the variable `name` asks for; `target` is the one of make that can be told another.

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
                f"make {target} {name}={int(text) + 1}"
            ) from None
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
