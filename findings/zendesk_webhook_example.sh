#!/usr/bin/env bash
# Zendesk's documentation of webhook signatures has two forms on its developer site. The present page says that the digest is of
# TIMESTAMP + BODY. An older page at another address (event-connectors/webhooks/verifying) is still served, in versions that differ:
# one says BODY, then TIMESTAMP, and its worked example is right for that order only. Whoever tests an implementation with that
# example builds one that, by the present page, refuses every genuine webhook; both orders look alike in a test that signs with its own code.
#
# A second trap of the example: its secret looks like base64 and is used as the text that it is, not decoded.
#
# Fails if any of this changes. Needs Python 3; the values are those of the page's example.
set -euo pipefail
"${PYTHON:-python3}" - <<'PROGRAM'
import base64
import hmac

secret, body, timestamp = "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=", '{"say": "hello"}', "2021-07-25T10:00:00Z"
shown = "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="


def signature(signed: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), signed.encode(), "sha256")).decode()


assert signature(body + timestamp) == shown, "the example is of body, then time"
assert signature(timestamp + body) != shown, "and not of time, then body, as the present page says"
print("The older page's example holds for BODY + TIMESTAMP only; the present page says TIMESTAMP + BODY.")
PROGRAM
