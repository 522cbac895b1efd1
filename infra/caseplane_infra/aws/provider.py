"""The provider for one account and region, and the settings that AWS refuses."""

from dataclasses import dataclass

from pulumi_aws import Provider

from caseplane_infra.settings import Settings, SettingsError

SERVICES_PREFIX = range(12, 25)
"""Sizes of the services' address range that EKS accepts."""
RESERVED_LOGINS = frozenset({"rdsadmin", "admin", "postgres", "root", "public", "user"})
"""Names that RDS reserves, or that are words of SQL."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Account and region. ARNs and global names are computed from them, not looked up."""

    account: str
    region: str

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """The name of a resource of this account.

        Args:
            service: its name in ARNs, such as `logs`.
            resource: the part after the account.
            region: another region than the stack's; empty for global services.
        """
        where = self.region if region is None else region
        return f"arn:aws:{service}:{where}:{self.account}:{resource}"

    def bucket(self, prefix: str, what: str) -> str:
        """A bucket's name, with the account, since bucket names are unique worldwide."""
        return f"{prefix}-{self.account}-{what}"

    def endpoint(self, service: str) -> str:
        """Host name of a service, as conditions on keys use it."""
        return f"{service}.{self.region}.amazonaws.com"


def place(settings: Settings) -> Place:
    return Place(account=settings.account, region=settings.region)


def provider(settings: Settings) -> Provider:
    """The stack's provider, which refuses credentials of another account before anything is created."""
    return Provider("aws", region=settings.region, allowed_account_ids=[settings.account])


def check(settings: Settings) -> None:
    """Refuse settings that are valid on the other clouds but not on AWS.

    Raises:
        SettingsError: naming every such key.
    """
    network, faults = settings.network, list[str]()
    if network.services_cidr.prefixlen not in SERVICES_PREFIX:
        faults.append(f"network.services_cidr: {network.services_cidr}; EKS accepts a /12 to a /24")
    if network.closed and settings.edge.domain:
        faults.append(
            "edge.domain: the load balancer controller and ExternalDNS reach Route 53 and ACM through NAT only; "
            "set network.nat to `single` or `per_zone`"
        )
    if network.closed and settings.llm.enabled and settings.llm.region not in ("", settings.region):
        faults.append(
            f"llm.region: {settings.llm.region} has no private endpoint here; leave it out, or set network.nat"
        )
    if settings.database.admin in RESERVED_LOGINS:
        faults.append(f"database.admin: {settings.database.admin!r} is reserved on RDS; choose another login")
    if faults:
        raise SettingsError("The stack file asks for what AWS does not have:\n- " + "\n- ".join(faults))
