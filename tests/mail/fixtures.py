"""Real mail servers for tests; where they cannot be had, tests are skipped and say why."""

from collections.abc import Iterator

import pytest
from tests.cluster.requirements import require_root, require_tools
from tests.mail.servers import MailServers, mail_servers


@pytest.fixture(scope="session")
def mail() -> Iterator[MailServers]:
    require_root("running Postfix and Dovecot")
    require_tools({"postfix": "postfix", "dovecot": "dovecot-imapd", "doveadm": "dovecot-lmtpd"})
    with mail_servers() as servers:
        yield servers
