"""An FTPS server for tests: pyftpdlib as it comes, plus a log of which data
connections resumed a TLS session.

Usage: PORT USER PASSWORD HOME CERTIFICATE LOG
"""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer


class DataConnection(TLS_DTPHandler):
    def handle_ssl_established(self):
        super().handle_ssl_established()
        reused = "reused" if self.socket.session_reused() else "not reused"
        control = self.cmd_channel.socket.fileno()
        self.log(f"data connection of {id(self.cmd_channel):x}: session {reused}")


class ControlConnection(TLS_FTPHandler):
    dtp_handler = DataConnection
    tls_control_required = True
    tls_data_required = True

    def pre_process_command(self, line, cmd, arg):
        if cmd != "PASS":
            self.log(f"command of {id(self):x}: {line}")
        super().pre_process_command(line, cmd, arg)


def main():
    port, user, password, home, certificate, log = sys.argv[1:]
    logging.basicConfig(filename=log, level=logging.DEBUG, format="%(asctime)s %(message)s")
    ControlConnection.authorizer = DummyAuthorizer()
    ControlConnection.authorizer.add_user(user, password, home, perm="elradfmwMT")
    ControlConnection.certfile = certificate
    ThreadedFTPServer(("127.0.0.1", int(port)), ControlConnection).serve_forever()


main()
