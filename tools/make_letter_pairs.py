"""Make ``content/lists/letter_pairs.txt``: how common each pair of letters is inside words.

The words come from what the development environment has anyway: Python's own help pages, the names in the standard
library's sources and the labels of the public suffix list (which brings in place names of many languages).
Run as ``python tools/make_letter_pairs.py > src/certhound/content/lists/letter_pairs.txt``.
"""

from __future__ import annotations

import itertools
import math
import re
import string
import sys
from collections import Counter
from pathlib import Path
from pydoc_data import topics

import publicsuffixlist

LETTERS = string.ascii_lowercase
HEADER = """\
# How rare a pair of letters is inside words: a row for the first letter, a column for the second, a to z each.
# The digit is the surprise -log2 P(second | first) in bits, cut at 9. Made by tools/make_letter_pairs.py from
# Python's help pages and sources and the labels of the public suffix list.
"""


def words() -> Counter[str]:
    """Distinct words, each counted by the square root of its occurrences so that no word rules."""
    texts = ["\n".join(topics.topics.values())]
    texts += [path.read_text("utf-8", "replace") for path in sorted(Path(re.__file__).parents[1].glob("*.py"))]
    suffixes = Path(publicsuffixlist.__file__).with_name("public_suffix_list.dat").read_text("utf-8")
    texts.append(re.sub(r"(?m)^//.*$|xn--\S+", "", suffixes))
    counts = Counter(word.lower() for text in texts for word in re.findall(r"[A-Z]?[a-z]{3,}", text))
    return Counter({word: max(1, int(math.sqrt(count))) for word, count in counts.items()})


def main() -> None:
    pairs: Counter[str] = Counter()
    for word, weight in words().items():
        for first, second in itertools.pairwise(word):
            pairs[first + second] += weight
    sys.stdout.write(HEADER)
    for first in LETTERS:
        total = sum(pairs[first + second] for second in LETTERS) + 26 * 0.5
        row = (-math.log2((pairs[first + second] + 0.5) / total) for second in LETTERS)
        sys.stdout.write("".join(str(min(9, round(bits))) for bits in row) + "\n")


if __name__ == "__main__":
    main()
