"""Carries packets between two TUN devices, each packet after a fixed delay.

Usage: DEVICE DEVICE MILLISECONDS

Makes both devices, says `ready`, and carries until it is killed. Addresses and
namespaces are the caller's business.
"""

import collections
import fcntl
import os
import select
import struct
import sys
import time

# From linux/if_tun.h.
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

LARGEST_PACKET = 65536


def make_device(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def packets(device):
    while True:
        try:
            yield os.read(device, LARGEST_PACKET)
        except OSError:
            # Nothing more for now, or the device is not up yet.
            return


def deliver(device, packet):
    try:
        os.write(device, packet)
    except OSError:
        # A link may lose a packet; TCP sends it again.
        pass


def main():
    near, far = (make_device(name) for name in sys.argv[1:3])
    delay = float(sys.argv[3]) / 1000
    across = {near: far, far: near}
    on_the_way = collections.deque()
    print("ready", flush=True)
    while True:
        patience = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        readable, _, _ = select.select([near, far], [], [], patience)
        for device in readable:
            for packet in packets(device):
                on_the_way.append((time.monotonic() + delay, across[device], packet))
        while on_the_way and on_the_way[0][0] <= time.monotonic():
            _, device, packet = on_the_way.popleft()
            deliver(device, packet)


main()
