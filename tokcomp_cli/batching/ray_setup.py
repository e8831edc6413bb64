"""Loading Ray without its log lines, and joining or starting a cluster."""

import logging
import os
import secrets
import signal
import socket
import threading
from typing import Any

from tokcomp_cli.core.processes import cores, silent_stderr
from tokcomp_cli.errors import PlanError, first_line

REACH_SECONDS = 10.0
STORE_BYTES = 200_000_000  # paths and records are small


def load_ray(*, new: bool) -> Any:
    """Return the library, its usage statistics switched off.

    Args:
        new: Whether a cluster is to be started, not joined.

    Raises:
        PlanError: It is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a thread that comes late must not start another one
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if new and "RAY_AUTH_MODE" not in os.environ:
        # Read when the library loads; for this cluster alone, where Ray would leave one in the home folder.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise PlanError("`engine` ray needs Ray: pip install 'tokcomp[ray]', or leave it out") from error
    return ray


def connect(ray: Any, address: str | None, scratch: str | None) -> None:
    """Join a cluster, or start one here; standard error and signal handlers stay as they are.

    Args:
        ray: The library.
        address: Of the cluster; None starts one.
        scratch: Folder for what a new cluster writes.

    Raises:
        PlanError: There is no cluster at the address.
    """
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
    stopping = signal.getsignal(signal.SIGTERM)  # Ray puts its own in its place
    try:
        with silent_stderr():
            if address is None:
                ray.init(
                    "local", num_cpus=cores(), object_store_memory=STORE_BYTES, _temp_dir=scratch, **quiet
                )
            else:
                _reach(address)
                ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError) as error:
        where = "on this machine" if address is None else f"at {address!r}"
        reason = first_line(error)
        if "AuthToken" in str(error.__cause__):
            reason = "it asks for a token; Ray takes RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH"
        raise PlanError(f"no Ray cluster could be had {where} ({reason}); check `ray_address`") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stopping)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    for name in ("ray.data", "ray"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _reach(address: str) -> None:
    """Check that something listens at an address; Ray itself would try for minutes.

    Raises:
        OSError: Nothing does.
        ValueError: It names no port.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("it takes host:port, ray://host:port or auto")
    socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS).close()
