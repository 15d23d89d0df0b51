"""Hand-out: one queue, and each member's place in it.

Every open slot has a key. A member gets the first open slot beyond their own mark that they may have, and their mark
moves to it. Leases run on the database's clock.
"""

from annotation.services.handout.expiry import expire, expire_everywhere
from annotation.services.handout.leases import MOST_LEASES, NotYours, leave, own, release, renew
from annotation.services.handout.next_pair import NotHandingOut, TooManyLeases, lease_next
from annotation.services.handout.offer import Answer, Offer

__all__ = [
    "MOST_LEASES",
    "Answer",
    "NotHandingOut",
    "NotYours",
    "Offer",
    "TooManyLeases",
    "expire",
    "expire_everywhere",
    "lease_next",
    "leave",
    "own",
    "release",
    "renew",
]
