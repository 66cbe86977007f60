"""The connection to a cluster: one that is there, by its address, or one of processes of this machine."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from training.cluster.versions import check_versions
from training.errors import InputError
from training.progress import Report

if TYPE_CHECKING:
    from distributed import Client

LOCAL = re.compile(r"local(?::([1-9][0-9]*))?")
CONNECT_S = 15  # seconds until the scheduler answers
WORKERS_S = 60  # seconds until it has a worker
LOOK_S = 5  # seconds after which to see whether there are still workers
INSTALL = "pip install --require-hashes -r training/cluster-requirements.txt"


@contextmanager
def connect(address: str, report: Report) -> Iterator[Client]:
    """Yield a client of the cluster at `address`: a URL as tcp://host:8786, or local:N, N processes of this machine.

    Raises:
        InputError: there is no such cluster, it has no workers, they have other versions, or it is lost meanwhile.
    """
    try:
        from distributed import Client, KilledWorker, LocalCluster
        from distributed.comm import CommClosedError
        from distributed.versions import VersionMismatchWarning
    except ModuleNotFoundError as error:
        raise InputError(f"--cluster needs Dask, and {error.name!r} is not installed: {INSTALL}") from None

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told below
    match = LOCAL.fullmatch(address)
    if not match and "://" not in address:
        raise InputError(f"--cluster {address}: give local, local:N, or the scheduler's URL, as tcp://host:8786")
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", VersionMismatchWarning)  # check_versions says it in words
        try:
            if match:
                report("starting the workers")
                cluster = LocalCluster(
                    n_workers=int(match[1]) if match[1] else None,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.ERROR,
                )
                client = stack.enter_context(Client(stack.enter_context(cluster)))
            else:
                report(f"connecting to {address}")
                client = stack.enter_context(Client(address, timeout=CONNECT_S))
        except ValueError as error:
            raise InputError(
                f"--cluster {address}: {error}; give local, local:N, or the scheduler's URL, as tcp://host:8786"
            ) from None
        except OSError as error:
            raise InputError(
                f"there is no cluster at {address}: {error}; start its scheduler, or mend the URL"
            ) from None
        try:
            client.wait_for_workers(1, WORKERS_S)
        except TimeoutError:
            raise InputError(
                f"the cluster {address} has no worker after {WORKERS_S} s; start some, and try again"
            ) from None
        check_versions(client, address)
        report(f"note: {len(client.ncores())} workers, to be watched at {client.dashboard_link}")
        try:
            yield client
        except KilledWorker as error:
            raise InputError(
                f"the cluster {address} gave up: workers died again and again over one task, probably for want of "
                f"memory ({error}); give them more, or the table in smaller files"
            ) from None
        except (CommClosedError, CancelledError):
            raise InputError(
                f"the scheduler of {address} was lost; what is done is kept: start it anew, and run the same command"
            ) from None


def wait_any(client: Client, futures: list[Any]) -> list[Any]:
    """Return those of `futures` that have ended; if none has, wait for one.

    Raises:
        InputError: the cluster has no worker any more, and gets none.
    """
    from distributed import wait

    while True:
        try:
            return list(wait(futures, LOOK_S, "FIRST_COMPLETED").done)
        except TimeoutError:
            wait_for_worker(client)


def wait_for_worker(client: Client) -> None:
    """Return once the cluster has a worker.

    Raises:
        InputError: it gets none.
    """
    try:
        client.wait_for_workers(1, WORKERS_S)
    except TimeoutError:
        raise InputError(
            f"the cluster has lost its last worker, and has had none for {WORKERS_S} s; what is done is kept: start "
            "some, and run the same command"
        ) from None
