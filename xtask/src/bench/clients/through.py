"""Starts a gateway, runs a program once the gateway listens, and ends the
gateway.

Usage: PORT GATEWAY... -- PROGRAM...
"""

import socket
import subprocess
import sys
import time


def main():
    port, split = int(sys.argv[1]), sys.argv.index("--")
    gateway = subprocess.Popen(sys.argv[2:split], stdout=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            if gateway.poll() is not None:
                sys.exit("the gateway has ended")
            time.sleep(0.002)
    ended = subprocess.run(sys.argv[split + 1 :])
    gateway.terminate()
    gateway.wait()
    sys.exit(ended.returncode)


main()
