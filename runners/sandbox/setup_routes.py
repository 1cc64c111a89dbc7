"""A process of its own, run by path: makes addresses unreachable in a network namespace.

Usage: setup_routes.py USER_FD NETWORK_FD ADDRESS/BITS..., the descriptors of both namespaces. A
process of several threads may not enter a user namespace, so it must be one of its own.
https://man7.org/linux/man-pages/man2/setns.2.html
"""

import ctypes
import errno
import ipaddress
import os
import socket
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# <linux/netlink.h> and <linux/rtnetlink.h>: https://man7.org/linux/man-pages/man7/rtnetlink.7.html
RTM_NEWROUTE = 24
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = 0x1, 0x4, 0x100, 0x400
NLMSG_ERROR = 2
RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNREACHABLE = 254, 4, 7
RTA_DST, RTA_PRIORITY = 1, 6
# A kernel without IPv6, or with it switched off, has no such address to reach.
NO_IPV6 = {errno.EAFNOSUPPORT, errno.EOPNOTSUPP, errno.EACCES, errno.ENODEV}


def enter_namespace(fd: int, kind: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, kind):
        raise OSError(ctypes.get_errno(), "setns")


def block_address(way: socket.socket, network: str) -> None:
    """Connections there fail at once with EHOSTUNREACH, whatever other route is there."""
    address = ipaddress.ip_network(network, strict=False)
    v6 = address.version == 6  # noqa: PLR2004 - the protocol's number
    family = socket.AF_INET6 if v6 else socket.AF_INET
    route = (family, address.prefixlen, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, 0, RTN_UNREACHABLE, 0)
    body = struct.pack("=BBBBBBBBI", *route) + _attribute(RTA_DST, address.network_address.packed)
    # The least number is preferred; what is told none gets 0 in IPv4, but 1024 in IPv6.
    body += _attribute(RTA_PRIORITY, struct.pack("=I", 1)) if v6 else b""
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_REPLACE | NLM_F_CREATE
    way.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWROUTE, flags, 1, 0) + body)
    answer = way.recv(4096)
    kind, code = struct.unpack_from("=4xH", answer)[0], -struct.unpack_from("=i", answer, 16)[0]
    if kind != NLMSG_ERROR or (code and not (v6 and code in NO_IPV6)):
        raise OSError(code, f"{os.strerror(code)}: route to {network}")


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def main(user: str, network: str, *addresses: str) -> None:
    # Root of the machine may enter any network namespace; anybody else has to be root inside.
    enter_namespace(int(user), CLONE_NEWUSER)
    enter_namespace(int(network), CLONE_NEWNET)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as way:
        way.bind((0, 0))
        for address in addresses:
            block_address(way, address)


if __name__ == "__main__":
    main(*sys.argv[1:])
