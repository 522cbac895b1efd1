"""Secrets Manager: values are generated once and referred to by name; the stack never exports them."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import secretsmanager

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import platform_values


class AwsSecrets(contract.Secrets):
    """The platform's secrets, under `<prefix>/app/`."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.SecretsNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        protect: bool,
        more: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self.store = pulumi.Output.from_input(place.region)
        values = platform_values(self, name, protect=protect, more=more)
        paths = {each: each for each in values} | {"app-config": "config"}
        kept = {
            each: put(
                self, f"{name}-{each}", f"app/{paths[each]}", value, key=key, needs=needs, protect=protect
            )
            for each, value in values.items()
        }
        self.arns = {each: secret.arn for each, secret in kept.items()}
        self.references = {each: secret.name for each, secret in kept.items()}
        self.done()


def put(
    part: contract.Part,
    name: str,
    path: str,
    value: pulumi.Input[str],
    *,
    key: pulumi.Input[str],
    needs: contract.SecretsNeeds,
    protect: bool,
) -> secretsmanager.Secret:
    """Store a first value; a later change outside the program is not overwritten.

    Args:
        part: the part that it belongs to.
        name: logical name.
        path: name in the store, after the prefix.
        value: the first value.
        key: ARN of the key.
        needs: how long a deleted secret can be restored.
        protect: refuse deletion. A deleted secret's name stays reserved, and a new value would not open the data.
    """
    physical = f"{part.labels.prefix}/{path}"
    secret = secretsmanager.Secret(
        name,
        name=physical,
        kms_key_id=key,
        recovery_window_in_days=needs.recovery_days,
        tags=part.labels.tags(physical),
        opts=part.child(protect=protect),
    )
    secretsmanager.SecretVersion(
        f"{name}-version",
        secret_id=secret.id,
        secret_string=pulumi.Output.secret(value),
        opts=part.child(protect=protect, ignore_changes=["secretString"]),
    )
    return secret
