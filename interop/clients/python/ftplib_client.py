"""Python's ftplib: FTP, and FTP_TLS with PROT P."""

import ftplib
import os
import ssl
import sys

from round import *

print("version", sys.version.split()[0])


def connect():
    if FRONT == "plain":
        ftp = ftplib.FTP(encoding="utf-8")
    else:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        context.check_hostname = False
        ftp = ftplib.FTP_TLS(context=context, encoding="utf-8")
    ftp.connect(HOST, PORT, timeout=30)
    ftp.login(USER, PASSWORD)
    if FRONT != "plain":
        ftp.prot_p()
    ftp.set_pasv(MODE == "passive")
    return ftp


def fetch(name, **more):
    with open(work(name), "r+b" if more else "wb") as target:
        target.seek(more.get("rest", 0))
        ftp.retrbinary(f"RETR {name}", target.write, **more)


def store(source, name, verb="STOR", **more):
    with open(file(source), "rb") as opened:
        opened.seek(more.get("rest", 0))
        ftp.storbinary(f"{verb} {name}", opened, **more)


def renew():
    """A transfer that failed may have left the dialogue out of step."""
    global ftp
    ftp.close()
    ftp = connect()


ftp = None


@operation("login")
def _():
    global ftp
    ftp = connect()


@operation("list")
def _():
    assert sorted(ftp.nlst()) == ["big", "empty", "small"], ftp.nlst()
    lines = []
    ftp.retrlines("LIST -a", lines.append)
    assert any("small" in line for line in lines), lines


@operation("download")
def _():
    fetch("small")
    same(work("small"), file("small"))


@operation("download-empty")
def _():
    fetch("empty")
    same(work("empty"), file("empty"))


@operation("download-big")
def _():
    fetch("big")
    same(work("big"), file("big"))


@operation("upload")
def _():
    store("small", "up")
    same(home("up"), file("small"))


@operation("upload-empty")
def _():
    store("empty", "up-empty")
    same(home("up-empty"), file("empty"))


@operation("upload-big")
def _():
    store("big", "up-big")
    same(home("up-big"), file("big"))


@operation("overwrite")
def _():
    store("more", "up")
    same(home("up"), file("more"))


@operation("append")
def _():
    store("small", "up", "APPE")
    assert read(home("up")) == read(file("more")) + read(file("small"))


@operation("resume-download")
def _():
    os.truncate(work("big"), 3_000_000)
    fetch("big", rest=3_000_000)
    same(work("big"), file("big"))


@operation("resume-upload")
def _():
    os.truncate(home("up-big"), 6_000_000)
    store("big", "up-big", rest=6_000_000)
    same(home("up-big"), file("big"))


@operation("rename")
def _():
    ftp.rename("up", "renamed")
    assert os.path.exists(home("renamed")) and not os.path.exists(home("up"))


@operation("delete")
def _():
    ftp.delete("renamed")
    assert not os.path.exists(home("renamed"))


@operation("directories")
def _():
    ftp.mkd("folder")
    ftp.cwd("folder")
    assert ftp.pwd() == "/folder", ftp.pwd()
    store("small", "inside")
    same(home("folder/inside"), file("small"))
    assert ftp.nlst() == ["inside"]
    ftp.delete("inside")
    assert ftp.nlst() == []
    ftp.cwd("..")
    ftp.rmd("folder")
    assert not os.path.exists(home("folder"))


@operation("names")
def _():
    name = "gr\u00fcn \u65e5\u672c"
    store("small", name)
    same(home(name), file("small"))
    assert name in ftp.nlst()
    fetch(name)
    same(work(name), file("small"))
    ftp.delete(name)


@operation("missing")
def _():
    try:
        fetch("missing")
    except ftplib.error_perm as error:
        assert str(error).startswith("550"), error
    else:
        raise AssertionError("a missing file was found")


@operation("dropped")
def _():
    drop()
    assert "small" in ftp.nlst()
    fetch("small")
    same(work("small"), file("small"))


@operation("cut-download")
def _():
    ftp.sendcmd("TYPE I")
    data = ftp.transfercmd("RETR big")
    data.recv(1000)
    drop()
    try:
        while data.recv(1 << 20):
            pass
        ended = "in order"
    except OSError as error:
        ended = error
    data.close()
    try:
        reply = ftp.voidresp()
    except ftplib.Error:
        reply = None
    renew()
    # Python 3.11 takes a reset within TLS for an end in order; ftplib looks at the reply, too.
    assert reply is None and (FRONT != "plain" or ended != "in order"), (reply, ended)


@operation("cut-upload")
def _():
    ftp.sendcmd("TYPE I")
    data = ftp.transfercmd("STOR cut")
    data.sendall(bytes(1000))
    drop()
    try:
        with open(file("big"), "rb") as opened:
            while block := opened.read(1 << 20):
                data.sendall(block)
        data.close()
    except OSError:
        data.close()
    try:
        reply = ftp.voidresp()
    except ftplib.Error:
        reply = None
    renew()
    assert reply is None, reply


@operation("abort")
def _():
    ftp.sendcmd("TYPE I")
    data = ftp.transfercmd("RETR big")
    data.recv(1000)
    ftp.abort()
    data.close()
    ftp.voidresp()
    assert ftp.size("small") == 5000


if ftp is not None:
    ftp.close()
