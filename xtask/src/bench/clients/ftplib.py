"""The yardstick: one file after the other with Python's ftplib, every data
connection offering the TLS session of the control connection and waiting for
no timer.

Usage: HOST PORT USER CA get|put LOCAL REMOTE

Moves all files of one directory. The password is in FTP_PASSWORD. Without TLS
if CA is "-".
"""

import ftplib
import os
import socket
import ssl
import sys

BLOCK = 256 * 1024


class ResumingFtp(ftplib.FTP_TLS):
    def ntransfercmd(self, command, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, command, rest)
        # Else the end of an upload waits for an acknowledgement that is delayed.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = self.context.wrap_socket(
            connection, server_hostname=self.host, session=self.sock.session
        )
        return connection, size


def download(ftp, local, remote):
    os.makedirs(local)
    ftp.cwd(remote)
    # Pure-FTPd lists the directory itself and its parent too.
    for name in set(ftp.nlst()) - {".", ".."}:
        with open(os.path.join(local, name), "wb") as file:
            ftp.retrbinary(f"RETR {name}", file.write, BLOCK)


def upload(ftp, local, remote):
    ftp.mkd(remote)
    ftp.cwd(remote)
    for name in sorted(os.listdir(local)):
        with open(os.path.join(local, name), "rb") as file:
            ftp.storbinary(f"STOR {name}", file, BLOCK)


def main():
    host, port, user, ca, direction, local, remote = sys.argv[1:]
    if ca == "-":
        ftp = ftplib.FTP()
    else:
        ftp = ResumingFtp(context=ssl.create_default_context(cafile=ca))
    ftp.connect(host, int(port))
    ftp.login(user, os.environ["FTP_PASSWORD"])
    if ca != "-":
        ftp.prot_p()
    if direction == "get":
        download(ftp, local, remote)
    else:
        upload(ftp, local, remote)
    ftp.quit()


main()
