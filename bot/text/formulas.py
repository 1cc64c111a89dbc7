r"""Formulas in TeX, which a page shows typeset: what of one may be told as it is written.

TeX has many ways to set words that nobody sees, such as `\phantom` or white on white. So a formula
is told only where it is made of commands that all show something:
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
"""

import re

from bot.text.name_lists import split_names

_COMMAND = re.compile(r"\\([A-Za-z]+|.?)", re.DOTALL)
MAX_FORMULA_CHARACTERS = 500
_SIGNS = frozenset([*"\\,;:!{}$|_&#% ", ""])
_SHOWING = split_names(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu"
    " nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi"
    " Sigma Upsilon Phi Psi Omega frac dfrac tfrac binom sqrt sum prod int iint oint lim"
    " limsup liminf max min sup inf log ln exp sin cos tan cot sec csc arcsin arccos arctan"
    " sinh cosh tanh gcd det dim ker deg arg Pr mod bmod pmod left right big Big bigg Bigg"
    " langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert le leq ge geq"
    " ne neq approx equiv sim simeq cong propto ll gg prec succ in notin ni subset subseteq"
    " supset supseteq cup cap setminus emptyset varnothing forall exists nexists neg lnot"
    " land lor wedge vee oplus otimes times div cdot cdots ldots dots vdots ddots pm mp ast"
    " star circ bullet to gets rightarrow leftarrow Rightarrow Leftarrow leftrightarrow"
    " Leftrightarrow longrightarrow Longrightarrow mapsto iff implies uparrow downarrow infty"
    " partial nabla prime ell hbar Re Im aleph mathbb mathcal mathbf mathrm mathit mathsf"
    " mathtt mathfrak boldsymbol operatorname text textbf textit textrm texttt begin end quad"
    " qquad bar hat vec dot ddot tilde overline underline overbrace underbrace overset"
    " underset stackrel mid nmid parallel perp angle triangle top bot vdash models because"
    " therefore cases matrix pmatrix bmatrix aligned align array limits nolimits"
)


_UNSEEN = re.compile(
    r"\\(?:[hv]?phantom|(?:text|page)?color|style|class|cssId|href|require|unicode|def|let|html\w+"
    r"|(?:re)?newcommand|hidden|tiny|(?:script)+(?:size|style)|[hm]?space|hskip|[mw]?kern|mskip"
    r"|(?:math)?[rlc]lap|smash|raise|lower|move(?:left|right)|raisebox|bbox|tooltip|texttip|no?tag"
    r"|label|mathchoice|verb|rule|transparent|opacity)(?![A-Za-z])"
)


def drop_unseen_formulas(text: str) -> str:
    """The text, or what is said in place of one with TeX's ways to hide words.

    For formulas that GitHub finds where the parser sees none: in HTML, and over several lines.
    """
    if "$" in text and _UNSEEN.search(text):
        return "(A paragraph with a formula, left out: its page may not show all of it.)"
    return text


def show_formula(source: str) -> str:
    """The formula between dollars, or what is said in its place."""
    text = " ".join(source.split())
    # What follows a percent sign is a comment.
    comment = re.search(r"(?<!\\\\)%", source)
    unseen = next((hit[1] for hit in _COMMAND.finditer(text) if not _shows(hit[1])), "")
    if comment or unseen or len(text) > MAX_FORMULA_CHARACTERS or "$" in text:
        return f"(a formula of {len(source)} characters, left out: its page may not show all of it)"
    return f"${text}$"


def _shows(command: str) -> bool:
    return command in _SHOWING or command in _SIGNS
