"""The length that goes before a frame between the service and its parser processes."""

import struct

LENGTH = struct.Struct(">I")
