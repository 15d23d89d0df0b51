"""LaTeX before it is drawn: whether it may be, and written in the commands that the converter knows."""

from __future__ import annotations

import re
from typing import Final

MAX_DEPTH: Final = 40
"""How deep a formula may nest: the converter is recursive, and a stack that overflows ends the process."""
_MAX_OPENINGS: Final = 12
_MAX_UNMATCHED: Final = 8
"""Opening brackets without a closing one, as of half-open intervals."""

NEVER: Final = re.compile(
    r"\\(?:[egx]?def|let|global|long|(?:re|provide)?new(?:command|environment)|newcommand|renewcommand|providecommand"
    r"|DeclareMathOperator|href|url|html[A-Za-z]*|class|cssId|id|style|data|require|unicode|rule|includegraphics"
    r"|input|include|catcode|csname|expandafter|loop|write|special|ref|eqref)(?![A-Za-z])"
)
"""Definitions, and commands that reach outside the formula."""

_TEXT_COMMANDS: Final = "text|textrm|textbf|textit|textsf|texttt|textnormal|mbox|hbox"
MACROS: Final = {
    "dotsc": r"\ldots",
    "dotso": r"\ldots",
    "dotsb": r"\cdots",
    "dotsm": r"\cdots",
    "dotsi": r"\cdots",
    "smallsetminus": r"\setminus",
    "varpropto": r"\propto",
    "thickapprox": r"\approx",
    "abs": r"\left|#1\right|",
    "norm": r"\left\|#1\right\|",
    "mathds": r"\mathbb{#1}",
    "mathbbm": r"\mathbb{#1}",
    "mbox": r"\text{#1}",
    "hbox": r"\text{#1}",
    "textnormal": r"\text{#1}",
    "smash": r"#1",
}
UNKNOWN_OPTION: Final = re.compile(
    r"\\(?:[dtc]?frac|binom|stackrel|(?:over|under)(?:set|line|brace|bracket|paren|leftarrow|rightarrow)|boxed|fbox|framebox"
    r"|hat|bar|vec|tilde|dot|ddot|wide(?:hat|tilde)|math[a-z]+|text[a-z]*|[bx]?cancel|phantom|substack|sideset|operatorname)\s*\["
)
"""A bracket where an argument is due: an option that the converter would draw."""
_COMMENT: Final = re.compile(r"(\\.)|%", re.DOTALL)
_ROW_SPACE: Final = re.compile(r"\\\\\*?\[\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in|mu|px)\s*\]|\\\\\*")
_WITHOUT_MARK: Final = re.compile(r"\\(?:label\{[^{}]*\}|(?:nonumber|notag|allowbreak)(?![A-Za-z]))")
_TAG: Final = re.compile(r"\\tag(\*?)\{([^{}]*)\}")
_OPTION: Final = re.compile(r"\\(cfrac\s*\[[lcr]\]|smash\s*\[[tb]\])")
_OPERATOR: Final = re.compile(r"\\(mathop|operatorname(?:\*|withlimits)?)\s*(?=\{)")
_UPRIGHT: Final = re.compile(
    r"\\(?:(text)(?:rm|normal|up)?|math(?:rm|up)|operatorname\*?)\s*\{([^{}\\]*(?:\\[,;:! ][^{}\\]*)*)\}|\\rm(?![A-Za-z])\s*"
)
_WORDS: Final = re.compile(r"(?:[A-Za-z0-9 \-]|\\[,;:! ])+")
_LIMITS: Final = re.compile(r"\s*\\(no)?limits(?![A-Za-z])")
_SCRIPT_OF_LIMITS: Final = re.compile(r"\s*([_^])\s*(?=(\{)|(\\[A-Za-z]+(?!\s*\{)|\\?[^\s\\{}&$]))")
_TEXT: Final = re.compile(rf"\\({_TEXT_COMMANDS})\{{([^{{}}]*)\}}")
_BARE_IN_TEXT: Final = re.compile(r"(\\.)|([_&#])", re.DOTALL)
_MATHS_IN_TEXT: Final = re.compile(r"(?<!\\)\$")
_ENVIRONMENT: Final = re.compile(r"\\(begin|end)\s*\{([a-zA-Z]+)(\*?)\}((?:\[[a-z]\])?)((?:\{[0-9]+\})?)")
_POSITIONS: Final = {
    **dict.fromkeys(("aligned", "alignedat", "gathered", "multlined", "array"), frozenset(("[t]", "[b]", "[c]"))),
    **dict.fromkeys(
        ("matrix*", "pmatrix*", "bmatrix*", "Bmatrix*", "vmatrix*", "Vmatrix*", "smallmatrix*"),
        frozenset(("[l]", "[r]", "[c]")),
    ),
}
"""The environments that take an argument in brackets, and which; any other beginning of a row is a part of the row."""
_ENVIRONMENTS: Final = {
    "align": ("aligned", ""),
    "alignat": ("aligned", ""),
    "alignedat": ("aligned", ""),
    "xalignat": ("aligned", ""),
    "multlined": ("gathered", ""),
    "flalign": ("aligned", ""),
    "split": ("aligned", ""),
    "gather": ("gathered", ""),
    "multline": ("gathered", ""),
    "eqnarray": ("array", "{rcl}"),
    "smallmatrix": ("matrix", ""),
}
_COUNTED_COLUMNS: Final = frozenset(("alignat", "alignedat", "xalignat"))
_UNWRAPPED: Final = frozenset(("equation", "math", "displaymath"))
_SUBARRAY: Final = re.compile(r"\\begin\s*\{subarray\}\s*\{[lcr]\}(.*?)\\end\s*\{subarray\}", re.DOTALL)
_SUBSTACK: Final = re.compile(r"\\substack\{((?:[^{}]|\{[^{}]*\})*)\}")
_LAST_LINE: Final = re.compile(r"(?:\\\\\s*)+\Z")


_TOKEN: Final = re.compile(r"\\(?:left|right)(?![A-Za-z])\s*(?:\\[A-Za-z]+|\\.|.)?|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_OPENING_COMMANDS: Final = (
    r"\{ \lbrace \lbrack \langle \lfloor \lceil \lvert \lVert \lgroup \lmoustache \llbracket \ulcorner \mathopen"
)
_OPENING: Final = frozenset("([") | frozenset(_OPENING_COMMANDS.split())
_CLOSING_COMMANDS: Final = (
    r"\} \rbrace \rbrack \rangle \rfloor \rceil \rvert \rVert \rgroup \rmoustache \rrbracket \urcorner"
)
_CLOSING: Final = frozenset(")]") | frozenset(_CLOSING_COMMANDS.split())
_LEFT: Final = re.compile(r"\\left(?![A-Za-z])")
_RIGHT: Final = re.compile(r"\\right(?![A-Za-z])")
_SYMBOLS: Final = r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi \rho
    \sigma \tau \upsilon \phi \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Phi \Psi \Omega \infty
    \ell \hbar \partial \nabla \emptyset \prime \ldots \cdots \dots \vdots \cdot \times \sin \cos \tan \log \ln \exp \min
    \max \quad \top \star \dagger"""
_TAKE_NOTHING: Final = frozenset(_SYMBOLS.split())
_ACCENTS_AND_ALPHABETS: Final = r"""\hat \bar \vec \tilde \dot \ddot \sqrt \overline \underline \widehat \widetilde \mathbf \mathrm \mathcal \mathbb
    \mathit \mathsf \boldsymbol \bm \text \operatorname \not"""
_TAKE_ONE: Final = frozenset(_ACCENTS_AND_ALPHABETS.split()) | frozenset("^_")
_SWITCHES: Final = r"\displaystyle \textstyle \scriptstyle \scriptscriptstyle \color \over \choose \atop \not"
_TAKE_THE_REST: Final = frozenset(_SWITCHES.split())


def is_bounded(source: str) -> bool:
    """Return whether a formula keeps within what the converter reads in little time and stack.

    It is recursive in groups and in commands that take the next token, and it reads what follows an opening bracket
    twice where no bracket closes it: twenty of them take a second. A bracket that may be the argument of a command
    closes nothing.
    """
    groups = [0]  # of each group that is open, the brackets open in it
    openings = lost = chain = rest = deepest = 0
    before = previous = ""
    for found in _TOKEN.finditer(source):
        token = found[0]
        if token.isspace():
            continue
        if token in ("{", "\\begin") or _LEFT.match(token):
            groups.append(0)
        elif token in ("}", "\\end") or _RIGHT.match(token):
            if len(groups) == 1:
                return False
            lost += groups.pop()
        elif token in _OPENING:
            groups[-1] += 1
            openings += 1
        elif token in _CLOSING and groups[-1] and not _takes(previous, 1) and not _takes(before, 2):
            groups[-1] -= 1
        if token[0] == "\\" and token[1:2].isalpha() and not _LEFT.match(token) and not _RIGHT.match(token):
            chain += 1
            rest += token in _TAKE_THE_REST
        elif token not in ("{", "["):
            chain = 0
        deepest = max(deepest, len(groups) + chain + rest)
        before, previous = previous, token
    return (
        len(groups) == 1 and deepest <= MAX_DEPTH and (openings <= _MAX_OPENINGS or lost + groups[0] <= _MAX_UNMATCHED)
    )


def _takes(token: str, number: int) -> bool:
    """Return whether a token may take so many of those that follow as its arguments; of an unknown command it may."""
    if token in _TAKE_ONE:
        return number == 1
    return token[:1] == "\\" and token[1:2].isalpha() and token not in _TAKE_NOTHING and token not in _CLOSING


def prepared(source: str, *, display: bool = True) -> str:
    """Write what the converter does not know in commands that it does. ``display`` sets limits below an operator."""
    tex = _COMMENT.sub(lambda found: found[1] or r"\%", source)  # a percent sign is meant, never a comment
    tex = _WITHOUT_MARK.sub("", _ROW_SPACE.sub(r"\\\\", tex))
    tex = _TAG.sub(lambda found: rf"\qquad\text{{{found[2] if found[1] else f'({found[2]})'}}}", tex)
    tex = _OPTION.sub(lambda found: "\\" + found[1].split("[")[0].strip(), tex)
    tex = _with_limits(tex, display=display)
    tex = _TEXT.sub(_text, tex)
    tex = tex.replace(r"\widetilde", r"\tilde").replace(r"\hspace*", r"\hspace")
    tex = _SUBARRAY.sub(r"\\substack{\1}", tex)
    tex = _SUBSTACK.sub(lambda found: "{" + _wrapped("matrix", found[1]) + "}", tex)
    tex = _LAST_LINE.sub("", _ENVIRONMENT.sub(_environment, tex).strip())
    return _wrapped("gathered", tex) if _has_rows(tex) else tex


def _with_limits(tex: str, *, display: bool) -> str:
    """Write operators that a formula names itself, and what is to stand below and above them.

    Of a name in upright letters, the converter sets limits by the style. Of other signs in ``\\mathop``, and after
    ``\\limits``, they are set here.
    """
    found, last = [], 0
    for operator in _OPERATOR.finditer(tex):
        if operator.start() < last:
            continue
        end = _group_end(tex, operator.end())
        if end is None:
            break
        content = tex[operator.end() + 1 : end - 1]
        words = _UPRIGHT.sub(_upright, content).strip()
        forced = _LIMITS.match(tex, end)
        after = forced.end() if forced else end
        below, above, behind = _limits(tex, after)
        placed = bool(below or above) and not (forced and forced[1])
        name = rf"\operatorname{{{words}}}" if _WORDS.fullmatch(words) else None
        if placed and (forced or (display and not name and operator[1] == "mathop")):
            drawn, after = name or content, behind
            drawn = rf"\underset{{{below}}}{{{drawn}}}" if below else drawn
            drawn = rf"\overset{{{above}}}{{{drawn}}}" if above else drawn
            drawn = rf"\mathop{{{drawn}}}"
        elif name is None:
            drawn = tex[operator.start() : end]
        elif operator[1] == "operatorname" or (forced and forced[1]):
            drawn = name
        else:
            drawn = name.replace(r"\operatorname", r"\operatorname*")
        found.append(tex[last : operator.start()] + drawn)
        last = after
    return "".join(found) + tex[last:]


def _upright(found: re.Match[str]) -> str:
    words = found[2] or ""
    return re.sub(r"(?<!\\) ", r"\\ ", words) if found[1] else words


def _limits(tex: str, at: int) -> tuple[str, str, int]:
    """Return what is written below and above, and where it ends."""
    limits = {"_": "", "^": ""}
    for _ in range(2):
        found = _SCRIPT_OF_LIMITS.match(tex, at)
        if found is None or limits[found[1]]:
            break
        end = _group_end(tex, found.end()) if found[2] else found.end(3)
        if end is None:
            break
        limits[found[1]] = tex[found.end() : end].strip() if not found[2] else tex[found.end() + 1 : end - 1].strip()
        at = end
    return limits["_"], limits["^"], at


_BRACES: Final = re.compile(r"\\.|([{}])", re.DOTALL)


def _group_end(tex: str, start: int) -> int | None:
    """Return where the group that begins at ``start`` has ended, None where it does not."""
    depth = 0
    for found in _BRACES.finditer(tex, start):
        depth += (found[1] == "{") - (found[1] == "}")
        if depth == 0 and found[1]:
            return found.end()
    return None


def _wrapped(environment: str, tex: str) -> str:
    return f"\\begin{{{environment}}}{tex}\\end{{{environment}}}"


def _text(found: re.Match[str]) -> str:
    """Write text as the converter takes it: signs that have a meaning in maths escaped, ``$…$`` in it as maths again."""
    command, content = found.groups()
    parts = _MATHS_IN_TEXT.split(content)
    if len(parts) % 2 == 0:
        return found[0]
    return "".join(
        part if at % 2 else f"\\{command}{{{_BARE_IN_TEXT.sub(_escaped, part)}}}"
        for at, part in enumerate(parts)
        if part or len(parts) == 1
    )


def _escaped(bare: re.Match[str]) -> str:
    return bare[1] or f"\\{bare[2]}{{}}"


def _environment(found: re.Match[str]) -> str:
    side, name, star, option, number = found.groups()
    if option in _POSITIONS.get(name + star, ()):
        option = ""
    following = option + ("" if name in _COUNTED_COLUMNS else number)
    if name in _UNWRAPPED:
        return ("{" if side == "begin" else "}") + following
    if name in _ENVIRONMENTS:
        known, columns = _ENVIRONMENTS[name]
        if following:  # the converter would take it for an argument of its own
            following = "{}" + following
        return f"\\{side}{{{known}}}" + (columns if side == "begin" else "") + following
    if star and name.endswith("matrix"):
        star = ""
    return f"\\{side}{{{name}{star}}}{'{}' if option else ''}{following}"


_STRUCTURE: Final = re.compile(r"\\(?:begin|end|left|right)(?![A-Za-z])|\\\\|\\.|[{}]", re.DOTALL)


def _has_rows(tex: str) -> bool:
    """Return whether a row ends outside every group: lines that have no environment of their own."""
    depth = 0
    for found in _STRUCTURE.finditer(tex):
        if found[0] in ("{", "\\begin", "\\left"):
            depth += 1
        elif found[0] in ("}", "\\end", "\\right"):
            depth -= 1
        elif found[0] == "\\\\" and depth == 0:
            return True
    return False
