"""Which way a language is written: of a tag of BCP 47, a code of ISO 639, or a name in English or in the language itself."""

from __future__ import annotations

import re
from typing import Final, Literal

Direction = Literal["ltr", "rtl"]

RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""A character of a script from right to left."""

_TAGS: Final = """
    aao abh abv acm acq acw acx adf aeb aec aee aeq afb aib aii aij aiq ajp ajt aju amw apc apd ar ara
    arb arc arq ars ary arz ask atn auj auz avd avl ayh ayl ayn ayp azb bal bcc bdz bej bft bgn bgp bhe
    bhm bhn bjf bjm bqi brh brk bsh bsk chg cja ckb cld clh czk dcc def deh dgl div dmk dml dv esh fa
    fas fay faz fia fub gbz ggg gha ghr gig gjk gju glh glk grr gwc gwf gwt gzi hac haz hbo he heb hkh
    hnd hno hoh hrt hrz hss huy isk itk iw jad jat jbe jbn jdg ji jnd jog jpa jpr jrb jye kas kbu kby
    kcy kfm khw klj kmz kqd ks ktl kvx kxp lah lhs lki lrc lrk lrl lsa lsd lss luv luz mby mde mey mfa
    mfi mhj mid mki mnj mve mvy myz mzb mzn nli nlm nqo ntz nyq oar odk omy oru ota pbt pbu per pes phl
    phr phv plk pmu pnb prc prd prs prx ps psh psi pst pus qxq rdb rhg rmt sam sbn scl sd sdb sdf sdg
    sdh sds sgr sgy shd shm shu shv siy siz skr smp smy snd sqo sqt srh srz ssh sts swb syc syn syr tjo
    tks tmr tov tra trg trm trw ug uig ur urd ush uzs vaf vgr vmh wbk wne wni wsv xhe xka xkc xkj xkp
    xvi ydd ydg yhd yi yid yih yud zba zdj zrp zum
"""
"""Of CLDR 46, each code whose likely script runs from right to left; with the codes of ISO 639-2 and of parts of Arabic."""
_LANGUAGES: Final = frozenset(_TAGS.split())
_SCRIPTS: Final = frozenset(
    ["arab", "aran", "hebr", "syrc", "syre", "syrj", "syrn", "thaa", "nkoo", "adlm", "rohg", "mand", "samr", "mend"]
)
_REGIONS: Final[dict[str, frozenset[str]]] = {
    "az": frozenset(("iq", "ir")),
    "ha": frozenset(("cm", "sd")),
    "kk": frozenset(("af", "cn", "ir", "mn")),
    "ku": frozenset(("iq", "ir", "lb")),
    "ky": frozenset(("cn",)),
    "ms": frozenset(("cc",)),
    "pa": frozenset(("pk",)),
    "tg": frozenset(("pk",)),
    "uz": frozenset(("af",)),
}
"""Languages that run from right to left in these regions alone, by CLDR too."""
_OTHERWISE: Final = frozenset((("mey", "sn"), ("sd", "in"), ("ug", "kz"), ("ug", "mn")))
"""Languages and regions where they run from left to right."""

_NAMES: Final = frozenset(
    [
        "arabic",
        "hebrew",
        "persian",
        "farsi",
        "urdu",
        "pashto",
        "pashtu",
        "pushto",
        "sindhi",
        "uyghur",
        "uighur",
        "yiddish",
        "dhivehi",
        "divehi",
        "maldivian",
        "syriac",
        "aramaic",
        "kashmiri",
        "sorani",
        "dari",
        "saraiki",
        "seraiki",
        "shahmukhi",
        "rohingya",
        "hanifi",
        "n'ko",
        "nko",
        "mandaic",
        "samaritan",
        "gilaki",
        "mazanderani",
        "mazandarani",
        "luri",
        "balochi",
        "baluchi",
        "brahui",
        "khowar",
        "jawi",
        "ajami",
        "hindko",
        "parsi",
        "ivrit",
        "nastaliq",
    ]
)
_OTHER_SCRIPTS: Final = frozenset(
    [
        "latin",
        "latn",
        "roman",
        "romanized",
        "romanised",
        "romanization",
        "transliterated",
        "transliteration",
        "arabizi",
        "devanagari",
        "cyrillic",
    ]
)
_CENTRAL_KURDISH: Final = re.compile(r"\b(?:central|southern)[ _-]+kurdish\b|\bkurdish[ _(,-]+(?:sorani|central)\b")
_EXTENSION: Final = re.compile(r"(?<=[A-Za-z0-9])[-_][A-WYZa-wyz0-9][-_](?=[A-Za-z0-9]{2})")
"""The beginning of what a tag says besides language, script and region, as of digits: ``ar-u-nu-latn``."""
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def language_direction(language: str) -> Direction | None:
    """Return the direction that a language states, None where it states none.

    >>> [language_direction(tag) for tag in ("fa-IR", "ur-Latn", "Hebrew", "ar-SA-u-nu-latn", "")]
    ['rtl', 'ltr', 'rtl', 'rtl', None]
    """
    language = _EXTENSION.split(language, maxsplit=1)[0]
    words = _WORD.findall(language.lower())
    if not words:
        return None
    if RIGHT_TO_LEFT.search(language):
        return "rtl"
    if not _OTHER_SCRIPTS.isdisjoint(words):
        return "ltr"
    if not _NAMES.isdisjoint(words) or _CENTRAL_KURDISH.search(language.lower()):
        return "rtl"
    first, *rest = words
    script = next((tag for tag in rest if len(tag) == 4 and tag.isalpha()), None)
    if script:
        return "rtl" if script in _SCRIPTS else "ltr"
    if any((first, tag) in _OTHERWISE for tag in rest):
        return "ltr"
    regions = _REGIONS.get(first, frozenset())
    return "rtl" if first in _LANGUAGES or not regions.isdisjoint(rest) else "ltr"
