"""An FTPS server for tests: aioftp with its defaults and implicit TLS.

Usage: HOST PORT PASSWORD HOMES CERTIFICATE

HOMES holds the home of each user, named as the user is.
"""

import asyncio
import logging
import os
import ssl
import sys

import aioftp


async def main():
    host, port, password, homes, certificate = sys.argv[1:]
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(message)s")
    users = [aioftp.User(user, password, base_path=os.path.join(homes, user)) for user in os.listdir(homes)]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    # Other threads read and write the files, so that one transfer does not block the others.
    server = aioftp.Server(users, ssl=context, path_io_factory=aioftp.AsyncPathIO)
    await server.run(host, int(port))


asyncio.run(main())
