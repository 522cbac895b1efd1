"""The answers of a provider to the engine that attaches to it in this process, before any call about a resource."""

from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import ResourceProviderServicer, plugin_pb2, provider_pb2


class AttachedProvider(ResourceProviderServicer):
    """Takes any configuration, and sees no difference between two."""

    version = "0.0.1"

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's names, here and below)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        # No secrets, resources or outputs: the engine unwraps them for us and marks results by itself.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()
