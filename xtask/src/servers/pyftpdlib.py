"""An FTPS server for tests: pyftpdlib as it comes, plus a log of which data
connections resumed a TLS session.

Usage: HOST PORT PASSWORD HOMES CERTIFICATE LOG

HOMES holds the home of each user, named as the user is.
"""

import logging
import os
import sys
import time

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer


class Spinning(logging.Filter):
    """Where a client left without close_notify, pyftpdlib 2.2 tries for ever to shut TLS down. Slows that down,
    and keeps it out of the log, which would grow by megabytes a second."""

    def filter(self, record):
        spins = "shutdown(), err: Error([])" in record.getMessage()
        if spins:
            time.sleep(0.1)
        return not spins


class DataConnection(TLS_DTPHandler):
    def handle_ssl_established(self):
        # pyOpenSSL has no public name for this question.
        reused = SSL._lib.SSL_session_reused(self.socket._ssl)
        verdict = "reused" if reused else "not reused"
        logging.info("data connection of %s: session %s", self.cmd_channel.username, verdict)


class ControlConnection(TLS_FTPHandler):
    dtp_handler = DataConnection
    tls_control_required = True
    tls_data_required = True


def main():
    host, port, password, homes, certificate, log = sys.argv[1:]
    logging.basicConfig(filename=log, level=logging.DEBUG, format="%(asctime)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Spinning())
    authorizer = DummyAuthorizer()
    for user in os.listdir(homes):
        authorizer.add_user(user, password, os.path.join(homes, user), perm="elradfmwMT")
    ControlConnection.authorizer = authorizer
    ControlConnection.certfile = certificate
    ThreadedFTPServer((host, int(port)), ControlConnection).serve_forever()


main()
