"""A kubeconfig without credentials: its user signs in with a plug-in, under their own account."""

import json
from collections.abc import Mapping
from typing import Any


def kubeconfig(name: str, cluster: Mapping[str, str], login: Mapping[str, Any]) -> str:
    """The kubeconfig of one cluster, as JSON.

    Args:
        name: the cluster's name, also used for context and user.
        cluster: `server` and `certificate-authority-data`.
        login: the plug-in's command and how it is called.
    """
    execution = {"apiVersion": "client.authentication.k8s.io/v1beta1", **login, "interactiveMode": "Never"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": dict(cluster)}],
            "users": [{"name": name, "user": {"exec": execution}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }
    )
