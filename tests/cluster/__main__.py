"""Starts a test cluster for manual use: `python -m tests.cluster [--real]`, until Ctrl-C."""

import argparse
import signal
import sys

import pytest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.real_cluster import RealCluster


def main() -> None:
    """Start it, say how to use it, and wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--real", action="store_true", help="run pods for real (root on Linux)")
    real = parser.parse_args().real
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RealCluster() if real else ControlPlane(kwok=True) as cluster:
            enter = " ".join(cluster.enter_network)
            sys.stdout.write(
                f"export KUBECONFIG={cluster.kubeconfig}\n{enter} {cluster.kubectl.program} get nodes\n"
            )
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        return
    except pytest.skip.Exception as missing:
        sys.exit(f"This machine cannot run it: {missing}")


if __name__ == "__main__":
    main()
