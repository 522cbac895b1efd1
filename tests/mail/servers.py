"""Real mail servers on loopback ports: Debian's Postfix takes and relays mail, Dovecot keeps it and serves it by IMAP.

Everybody at `acme.example` and `customer.example` has a mailbox and the password `secret`; what is sent to `gone.example` is
taken and comes back, and what is sent to `nowhere.example` is not taken. Sign-in is needed to send from elsewhere than here, and both servers have TLS.
"""

import contextlib
import imaplib
import shutil
import smtplib
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.cluster.clients import run
from tests.cluster.processes import Process, free_port

HOST = "127.0.0.1"
PASSWORD = "secret"
SECONDS = 60

DOVECOT = """
protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
recipient_delimiter = +
lda_mailbox_autocreate = yes
postmaster_address = postmaster@acme.example
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
"""
POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.acme.example
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = acme.example, customer.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_domains = gone.example, nowhere.example
transport_maps = inline:{{ gone.example=relay:[127.0.0.1]:{gone}, {{nowhere.example=error:5.1.1 No such place}} }}
recipient_delimiter = +
message_size_limit = 60000000
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_client_connection_rate_limit = 0
bounce_queue_lifetime = 1m
"""
MASTER = """
{smtp}    inet  n - n - - smtpd
{gone}    inet  n - n - - smtpd
  -o myhostname=mx.gone.example
  -o smtpd_recipient_restrictions=reject
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class MailServers:
    """Where they are, and what a customer does with them.

    Attributes:
        authority: the certificate that both servers have.
    """

    folder: Path
    imap: int
    imaps: int
    smtp: int

    @property
    def authority(self) -> Path:
        return self.folder / "cert.pem"

    @property
    def imap_url(self) -> str:
        return f"imaps://{HOST}:{self.imaps}"

    @property
    def smtp_url(self) -> str:
        return f"smtp://{HOST}:{self.smtp}"

    def send(self, raw: bytes | EmailMessage, *, to: str, sender: str = "kim@customer.example") -> None:
        """Send a mail as a customer does."""
        content = raw.as_bytes() if isinstance(raw, EmailMessage) else raw
        with smtplib.SMTP(HOST, self.smtp, local_hostname="customer.example", timeout=30) as client:
            client.sendmail(sender, [to], content)

    @contextlib.contextmanager
    def mailbox(self, address: str) -> Iterator[imaplib.IMAP4]:
        context = ssl.create_default_context(cafile=str(self.authority))
        with imaplib.IMAP4_SSL(HOST, self.imaps, ssl_context=context, timeout=30) as client:
            client.login(address, PASSWORD)
            client.select()
            yield client

    def mails_of(self, address: str) -> list[EmailMessage]:
        """All mails in somebody's mailbox, the oldest first."""
        with self.mailbox(address) as client:
            _, found = client.search(None, "ALL")
            raws = [client.fetch(number, "(RFC822)")[1][0] for number in found[0].split()]
        return [
            message_from_bytes(raw[1], policy=policy.default)  # type: ignore[misc]
            for raw in raws
            if isinstance(raw, tuple)
        ]

    def wait_for(self, address: str, count: int) -> list[EmailMessage]:
        """The mails in somebody's mailbox, once there are so many."""
        found: list[EmailMessage] = []
        for _ in range(SECONDS * 10):
            found = self.mails_of(address)
            if len(found) >= count:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{address} has {len(found)} mails, not {count}: {self.log()[-3000:]}")

    def log(self) -> str:
        logs = [self.folder / f"{name}.log" for name in ("starting", "postfix", "dovecot")]
        return "\n".join(each.read_text(errors="replace") for each in logs if each.exists())

    def put(self, address: str, folder: str, *raws: bytes) -> None:
        """Put mails into a folder, which is made if it is not there."""
        with self.mailbox(address) as client:
            client.create(folder)
            for raw in raws:
                client.append(folder, "", "", raw)

    def remake_folder(self, address: str, folder: str) -> None:
        """Delete a folder other than INBOX and make it anew with the same mails: its `UIDVALIDITY` is another then."""
        with self.mailbox(address) as client:
            client.select(folder)
            _, found = client.search(None, "ALL")
            raws = [client.fetch(number, "(RFC822)")[1][0] for number in found[0].split()]
            client.select()
            client.delete(folder)
        self.put(address, folder, *(raw[1] for raw in raws if isinstance(raw, tuple)))


@contextlib.contextmanager
def mail_servers() -> Iterator[MailServers]:
    """Start both; they are stopped at the end."""
    # Not below pytest's own folder, which is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="caseplane-mail-"))
    folder.chmod(0o755)
    ports = {name: free_port() for name in ("imap", "imaps", "lmtp", "auth", "smtp", "gone")}
    _certificate(folder)
    for name in ("run", "mail", "queue", "data", "postfix"):
        (folder / name).mkdir()
    shutil.chown(folder / "mail", "mail", "mail")
    shutil.chown(folder / "data", "postfix")
    (folder / "dovecot.conf").write_text(DOVECOT.format(folder=folder, password=PASSWORD, **ports))
    (folder / "postfix" / "main.cf").write_text(POSTFIX.format(folder=folder, **ports))
    (folder / "postfix" / "master.cf").write_text(MASTER.format(**ports))
    servers = MailServers(folder, ports["imap"], ports["imaps"], ports["smtp"])
    started: list[Process] = []
    try:
        run(["postfix", "-c", folder / "postfix", "check"])  # it makes its folders
        master = run(["postconf", "-c", folder / "postfix", "-h", "daemon_directory"]).strip() + "/master"
        for command in (
            ["dovecot", "-F", "-c", folder / "dovecot.conf"],
            # Not `postfix start-fg`: what that starts outlives it.
            [master, "-c", folder / "postfix", "-s"],
        ):
            started.append(Process(Path(command[0]).name, command, log=folder / "starting.log"))
        for port in ports.values():
            _wait_for(port, servers)
        yield servers
    finally:
        for each in reversed(started):
            each.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, servers: MailServers) -> None:
    for _ in range(SECONDS * 10):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Nothing listens on port {port}: {servers.log()[-3000:]}")


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "key.pem").chmod(0o600)
