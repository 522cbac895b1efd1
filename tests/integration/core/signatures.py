"""Checks AWS signatures as the service does: it signs the received request again."""

import hashlib
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.integration.core.fake_openai import Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def signed_by_botocore(request: Request, *, service: str = "bedrock") -> bool:
    """Recompute the signature from the received request, with botocore's signer."""
    authorization = request.headers.get("authorization", "")
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    sent_at = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - sent_at) > timedelta(minutes=5):
        return False
    # SQS takes the body's hash from the signature alone.
    if (
        service == "bedrock"
        and request.headers.get("x-amz-content-sha256") != hashlib.sha256(request.raw).hexdigest()
    ):
        return False
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), service, "eu-central-1")
    again = AWSRequest(
        method=request.method,
        url=f"http://{request.headers['host']}{request.path}",
        data=request.raw,
        headers={name: request.headers[name] for name in signed if name != "host"},
    )
    again.context["timestamp"] = request.headers["x-amz-date"]
    canonical = signer.canonical_request(again)
    to_sign = signer.string_to_sign(again, canonical)
    return authorization.endswith(f"Signature={signer.signature(to_sign, again)}")
