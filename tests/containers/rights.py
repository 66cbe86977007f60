"""What no container may have more of: rights, and ways in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.containers.stack import docker


def check_rights(container: dict[str, Any], capabilities: list[str]) -> None:
    """Hold what `docker inspect` says of a container to these capabilities, and to nothing that is dangerous."""
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert sorted(name.removeprefix("CAP_") for name in host["CapAdd"] or []) == capabilities
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert not host["Privileged"]
    assert (host["PidMode"], host["UsernsMode"]) == ("", "")
    assert host["NetworkMode"] != "host"


def check_processes(container: dict[str, Any]) -> None:
    """Hold each process of a container, seen from this machine, to have no right of root."""
    pids = docker("top", container["Id"], "-o", "pid").split()[1:]
    assert pids
    for pid in pids:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert "0" not in status["Uid"].split() + status["Gid"].split()
        assert status["CapEff"].strip() == status["CapPrm"].strip() == "0" * 16
        assert status["NoNewPrivs"].strip() == "1"


def check_ports(container: dict[str, Any]) -> None:
    """Hold the ports of a container to be open to this machine only."""
    bindings = container["HostConfig"]["PortBindings"]
    assert {binding["HostIp"] for ports in bindings.values() for binding in ports} == {"127.0.0.1"}
