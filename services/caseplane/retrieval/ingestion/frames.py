"""The length that goes before a frame between the service and its parser processes."""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">I")
