"""Chain verification against a bare loop over pyOpenSSL, on the same distinct chains in the same run.

    python benchmarks/chain.py [--chains N] [--rounds N]

The bare loop is the shortest honest program: read the leaf and its intermediate, make a context over a store that was
built once, verify. It gives yes or no for RFC 5280. Ours reads the same bytes, gives a typed reason, and keeps the
budget; with a name it is also asked whether a client of the Web would accept the server for it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time

from OpenSSL import crypto

from certhound.x509.chain import verify_chain
from certhound.x509.trust import RootStore

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "unit" / "x509"))

Chain = tuple[bytes, bytes, str]
AT = datetime(2025, 6, 1, tzinfo=UTC)
ISSUERS = 40


def make_chains(count: int) -> tuple[list[Chain], list[bytes]]:
    """(leaf, intermediate, host) of each chain, all leaves distinct, under 40 intermediates and 4 roots."""
    import path_cases
    import path_maker

    roots = [path_cases.root(f"Bench Root {number}", 700 + number) for number in range(4)]
    issuers = [path_cases.ica(roots[n % 4], f"Bench Issuing {n}", 800 + n, path_len=0) for n in range(ISSUERS)]
    chains: list[Chain] = []
    for number in range(count):
        issuer, host = issuers[number % ISSUERS], f"h{number}.example.com"
        names = path_maker.san(f"dns:{host}", f"dns:www.{host}")
        leaf = path_cases.leaf(issuer, host, san=names, serial=1000 + number)
        chains += [(leaf.der, issuer.der, host)]
    return chains, [root.der for root in roots]


def bare(chains: list[Chain], roots: list[bytes]) -> int:
    """The loop to compare with. Returns how many chains verify."""
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, root))
    store.set_time(AT.replace(tzinfo=None))
    good = 0
    for leaf, issuer, _ in chains:
        first = crypto.load_certificate(crypto.FILETYPE_ASN1, leaf)
        second = crypto.load_certificate(crypto.FILETYPE_ASN1, issuer)
        try:
            crypto.X509StoreContext(store, first, [second]).verify_certificate()
            good += 1
        except crypto.X509StoreContextError:
            pass
    return good


def ours(chains: list[Chain], roots: list[bytes]) -> int:
    """The chain judge without a name."""
    store = RootStore.of(roots)
    return sum(verify_chain(leaf, [issuer], store, AT).is_trusted for leaf, issuer, _ in chains)


def ours_named(chains: list[Chain], roots: list[bytes]) -> int:
    """The chain judge, asked for a name."""
    store = RootStore.of(roots)
    return sum(verify_chain(leaf, [issuer], store, AT, host).is_trusted for leaf, issuer, host in chains)


def rate(work: Work, chains: list[Chain], roots: list[bytes]) -> float:
    """Chains a second of computing: process time, so that other work on the machine does not count."""
    start = process_time()
    good = work(chains, roots)
    taken = process_time() - start
    if good != len(chains):
        raise SystemExit(f"{work.__name__}: {good} of {len(chains)} chains verify")
    return len(chains) / taken


def main() -> None:
    """Make the chains, run the loops in turn, print the medians of rates and ratios.

    Each round has chains of its own, so nothing is remembered from the one before.
    """
    parser = argparse.ArgumentParser(description="Chain verification against a bare pyOpenSSL loop.")
    parser.add_argument("--chains", type=int, default=5000, help="distinct chains in each round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    size = options.chains
    everything, roots = make_chains(size * options.rounds)
    rates: dict[str, list[float]] = {label: [] for label in WORK}
    for number in range(options.rounds):
        chains = everything[number * size : (number + 1) * size]
        for label, work in WORK.items():
            rates[label].append(rate(work, chains, roots))
    base = rates["bare pyOpenSSL loop"]
    for label, found in rates.items():
        ratio = median(ours / bare for ours, bare in zip(found, base, strict=True))
        print(f"{label:20}  {median(found):9,.0f} chains/s   ratio {ratio:.2f}")


Work = Callable[[list[Chain], list[bytes]], int]
WORK: dict[str, Work] = {"bare pyOpenSSL loop": bare, "verify_chain": ours, "verify_chain, named": ours_named}

if __name__ == "__main__":
    main()
