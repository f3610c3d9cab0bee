"""Find out whether a text tells where a house is: its street and number, postal code, door, parking or phone number.

People write an address in many ways: the number before or behind the street, "Str." for "Straße", without accents, over two
lines, with other dashes. So words are compared: case, accents and separators are dropped, words that many addresses share
(street, number, the) are passed over, and the rest must stand next to each other, in any order. A common word or a small number
alone tells nothing: "quince" and "17" may stand in any text, "Quince Street 17" may not.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_UMLAUT = re.compile("[aou]e")


def _known(words: str) -> frozenset[str]:
    """Return words as `_sentences` yields them: "Mühle", "Muehle" and "Muhle" are one, so "rue" is "ru" there."""
    return frozenset(_UMLAUT.sub(lambda pair: pair.group()[0], word) for word in words.split())


# Kinds of streets, as they are written in the languages of our pages, and in German, Dutch and Italian.
STREET_KINDS = _known(
    "street st str road rd avenue ave av lane ln drive dr boulevard blvd bd place pl square sq court ct crescent cres way terrace"
    " close row alley highway hwy parkway pkwy mews grove quay"
    " rue chemin ch allee impasse quai cours route passage calle c avenida avda paseo plaza camino carretera ronda pasaje"
    " strasse weg platz gasse ring ufer damm straat laan plein via viale piazza"
)
# The same at the end of one word, as in "Lindenstraße" and "Kerkstraat".
_KIND_AT_END = re.compile(r"(?<=\w{3})(street|strasse|str|straat|gasse|weg|platz|allee|laan|plein|damm|ufer)$")
ARTICLES = _known(
    "the of at in on a an de du des d la le les l del los las el y et da do di della und der dem den die das am im zu zum zur van"
)
# "St. George" and "Saint George", "W 42nd" and "West 42nd" are the same street.
PARTICLES = ARTICLES | _known(
    "st saint sainte ste san santa sankt north south east west n s e w ne nw se sw nord sud ouest est norte sur este oeste"
)
# Between a street and its number.
MARKERS = _known("no nr num number numero n nbr hausnummer house apt apartment unit suite flat bis ter corner")
COMMA = ","
_BESIDE = STREET_KINDS | MARKERS
_PASSED_OVER = _BESIDE | PARTICLES | {COMMA}
# "It is Quince Street, our number is 17": passed over only where the kind of street is there too.
LINKS = _known("is our my we live it its home maison casa haus est notre nous es nuestra wir wohnen ist unser")
MOST_BETWEEN = 5
LONGEST_BLOCK = 40
# Words of a door or a parking place that stand in ordinary sentences too: two of them side by side tell nothing.
ORDINARY = _known(
    "door bell ring buzzer gate code floor stairs upstairs downstairs left right first second third fourth back front side yard"
    " garden house street parking park car bus metro tram train station stop free behind beside opposite near next please press"
    " porte sonnette etage gauche droite premier deuxieme cour jardin derriere puerta timbre codigo piso planta izquierda derecha"
    " primero segundo patio jardin aparcamiento detras tuer klingel stock links rechts hof red blue green white black"
)
FLOORS = _known("floor etage stock piso planta og")
# The number of a bus is on its stop.
LINES = _known("bus tram line metro route ligne linea linie exit")
SHORTEST_NAME = 6
SHORTEST_PHONE, END_OF_PHONE = 6, 7
SHORTEST_CODE = 4
MOST_WORDS_OF_A_CODE = 6

_WORD = re.compile(r"\d+(?:st|nd|rd|th|eme|ieme)\b|\d+|[^\W\d_]+")
_COMMA = re.compile(r"[,;()\n]")
_ENDS_SENTENCE = re.compile(r"[!?…]|\.(?=\s|$)")
_ENDS_CLAUSE = re.compile(r"[,;!?()\n/]+|(?<!\d)\.|\s[-–—]\s")
# Digits with at most three signs between belong together, but not the two halves of an hour ("19:30").
_RUN_OF_DIGITS = re.compile(r"\d+(?:(?:_|[^\w:]){1,3}\d+)*")
_CODE = re.compile(r"\d+(?:[\s.*-]\d+)*")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "a", "œ": "o", "ı": "i"})


@dataclass(frozen=True)
class PlaceSecrets:
    """What only guests with a seat may know of a place.

    `town` and `host`, the name shown, are public: beside the town a short postal code is one, and the host's name on the bell
    is no secret.
    """

    street: str = ""
    postal_code: str = ""
    door: str = ""
    parking: str = ""
    phone: str = ""
    town: str = ""
    host: str = ""


def find_secret(text: str, place: PlaceSecrets) -> str:
    """Return which part of the place a text tells ("street", "phone", "postal_code", "door", "parking"), or an empty text."""
    plain = _plain(text)
    sentences = list(_sentences(plain))
    told = {
        "street": _tells_street(sentences, place.street),
        "phone": _tells_phone(plain, place.phone),
        "postal_code": _tells_postal_code(sentences, place),
        "door": _tells_way_in(plain, sentences, place.door, host=place.host, shortest=2),
        "parking": _tells_way_in(plain, sentences, place.parking, host=place.host, shortest=3),
    }
    return next((part for part, is_told in told.items() if is_told), "")


# Words --------------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return a text in lower case, without accents and invisible characters, with European digits."""
    # "17½" would become "171⁄2".
    apart = re.sub("[¼-¾⅐-⅞]", " ", text)
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", apart).casefold())
    seen = (char for char in letters if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    digits = (str(unicodedata.decimal(char)) if char.isdecimal() else char for char in seen)
    return re.sub(r"(\w{2})['’]s\b", r"\1s", "".join(digits).translate(_LETTERS))


def _sentences(plain: str) -> Iterator[list[str]]:
    """Yield the words of each sentence, and its commas. A point in "St. George", "No. 5" or "3. Etage" ends no sentence."""
    words: list[str] = []
    end = 0
    for found in _WORD.finditer(plain):
        is_short = bool(words) and (words[-1] in _PASSED_OVER or found.group() in FLOORS)
        if words and not is_short and _ENDS_SENTENCE.search(plain[end : found.start()]):
            yield words
            words = []
        elif words and _COMMA.search(plain[end : found.start()]):
            words.append(COMMA)
        word = _UMLAUT.sub(lambda pair: pair.group()[0], found.group())
        kind = _KIND_AT_END.search(word)
        words += [word[: kind.start()], kind.group()] if kind else [word]
        end = found.end()
    if words:
        yield words


def _words(text: str) -> list[str]:
    return [word for sentence in _sentences(_plain(text)) for word in sentence if word != COMMA]


def _is_passed_over(word: str) -> bool:
    return word in _PASSED_OVER or (len(word) == 1 and word.isalpha())


def _blocks(sentence: list[str], wanted: set[str], *, also: frozenset[str] = frozenset()) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each stretch of words that has all the wanted ones, in any order, and else only words passed over."""
    for start, word in enumerate(sentence):
        missing = set(wanted)
        for place in range(start, min(start + LONGEST_BLOCK, len(sentence)) if word in wanted else start):
            missing.discard(sentence[place])
            if not missing:
                yield start, place + 1
                break
            if not (sentence[place] in wanted or sentence[place] in also or _is_passed_over(sentence[place])):
                break


def _is_in(sentences: list[list[str]], wanted: set[str], *, also: frozenset[str] = frozenset()) -> bool:
    return any(any(_blocks(sentence, wanted, also=also)) for sentence in sentences)


# Street and number --------------------------------------------------------------------------------------------------


def _tells_street(sentences: list[list[str]], street: str) -> bool:
    words = _words(street)
    numbers = {word for word in words if word.isdigit()}
    names = {word for word in words if not (word.isdigit() or _is_passed_over(word))}
    if names and numbers:
        return any(_is_beside(numbers, sentence, block) for sentence in sentences for block in _blocks(sentence, names))
    if numbers:
        # "5 The Close", "Calle 23 #45": only as it is written, or with the number at the end. A lone number is no street.
        rows = [words, words[1:] + words[:1]] if len(words) > 1 else []
        return any(_stands_in_a_row(row, sentence) for sentence in sentences for row in rows)
    # "Rose Cottage", "Elder Lane". One short word may be an ordinary one.
    wanted = set(words) - ARTICLES
    return (len(wanted) > 1 or len("".join(wanted)) >= SHORTEST_NAME) and _is_in(sentences, wanted)


def _stands_in_a_row(row: list[str], sentence: list[str]) -> bool:
    words = [word for word in sentence if word != COMMA]
    return any(words[start : start + len(row)] == row for start in range(len(words)))


def _is_beside(numbers: set[str], sentence: list[str], block: tuple[int, int]) -> bool:
    """Tell whether one of the numbers stands before or behind the block, with nothing between but what is passed over."""
    start, end = block
    while start and _is_passed_over(sentence[start - 1]):
        start -= 1
    while end < len(sentence) and _is_passed_over(sentence[end]):
        end += 1
    # Without the kind of street "quince, 17 of us" and "17 of the quince trees" would be addresses.
    between = PARTICLES | LINKS | {COMMA} if any(word in STREET_KINDS for word in sentence[start:end]) else frozenset()
    return any(_comes_next(numbers, words, between) for words in (sentence[: block[0]][::-1], sentence[block[1] :]))


def _comes_next(numbers: set[str], words: list[str], between: frozenset[str]) -> bool:
    """Tell whether one of the numbers follows, with at most a few words of `between` before it."""
    num_between = 0
    for word in words:
        if word in numbers:
            return True
        if word in _BESIDE or (len(word) == 1 and word.isalpha()):
            continue
        num_between += word != COMMA
        if word not in between or num_between > MOST_BETWEEN:
            return False
    return False


# Numbers ------------------------------------------------------------------------------------------------------------


def _tells_phone(plain: str, phone: str) -> bool:
    """Tell whether the last seven digits stand in a run of digits, with or without the codes of country and area."""
    numbers = [re.sub(r"\D", "", part) for part in re.split("[/,;]", _plain(phone))]
    ends = [number[-END_OF_PHONE:] for number in numbers if len(number) >= SHORTEST_PHONE]
    runs = [re.sub(r"\D", "", run) for run in _RUN_OF_DIGITS.findall(plain)]
    return any(end in run for end in ends for run in runs)


def _tells_postal_code(sentences: list[list[str]], place: PlaceSecrets) -> bool:
    """Tell whether the code is written, in any grouping; one of at most four digits only beside the town."""
    code = "".join(_words(place.postal_code))
    if not any(char.isdigit() for char in code) or len(code) < SHORTEST_CODE - 1:
        return False
    is_rare = len(code) > SHORTEST_CODE or (len(code) == SHORTEST_CODE and not code.isdigit())
    town = set(_words(place.town)) - PARTICLES
    for sentence in ([word for word in sentence if word != COMMA] for sentence in sentences):
        for start, end in _joined(sentence, code):
            if is_rare or town & {*sentence[max(0, start - 2) : start], *sentence[end : end + 2]}:
                return True
    return False


def _joined(words: list[str], joined: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of words in a row that make up `joined`."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_WORDS_OF_A_CODE, len(words)) + 1):
            if "".join(words[start:end]) == joined:
                yield start, end


# Door and parking ---------------------------------------------------------------------------------------------------


def _tells_way_in(plain: str, sentences: list[list[str]], way_in: str, *, host: str, shortest: int) -> bool:
    """Tell whether a text has a code of the way in, or at least `shortest` words of it that stand together there too.

    A number of three digits, or one that could be a year, counts only with the word that stands beside it in `way_in`.
    """
    secret, public = _plain(way_in), ORDINARY | set(_words(host))
    codes = {re.sub(r"\D", "", code) for code in _CODE.findall(secret)}
    if any(len(code) >= SHORTEST_CODE and not _could_be_year(code) for code in codes & _numbers_in(plain)):
        return True
    for clause in _ENDS_CLAUSE.split(secret):
        words = [word for sentence in _sentences(clause) for word in sentence if word != COMMA]
        if any(_is_in(sentences, pair, also=LINKS) for pair in _numbers_with_words(words)):
            return True
        wanted = {word for word in words if not (word in PARTICLES or word.isdigit() or len(word) == 1)}
        is_own = len(wanted) > 2 or any(word not in public and not word[0].isdigit() for word in wanted)
        if len(wanted) >= shortest and is_own and _is_in(sentences, wanted):
            return True
    return False


def _could_be_year(code: str) -> bool:
    return len(code) == SHORTEST_CODE and code[:2] in {"19", "20"}


def _numbers_in(plain: str) -> set[str]:
    """Return every number of a text, and what neighboring ones make together: "47 11" is "4711" too."""
    found: set[str] = set()
    for run in _RUN_OF_DIGITS.findall(plain):
        groups = re.findall(r"\d+", run)
        for start in range(len(groups)):
            ends = range(start + 1, min(start + MOST_WORDS_OF_A_CODE, len(groups)) + 1)
            found |= {"".join(groups[start:end]) for end in ends}
    return found


def _numbers_with_words(words: list[str]) -> Iterator[set[str]]:
    """Yield each number of a clause with the word before it ("bell 12"), or with the floor behind it ("3. Etage")."""
    near = [word for word in words if not (word in PARTICLES or word in MARKERS or (len(word) == 1 and word.isalpha()))]
    for before, behind in pairwise(near):
        if behind.isdigit() and not before.isdigit() and before not in LINES:
            yield {before, behind}
        elif before.isdigit() and behind in FLOORS:
            yield {before, behind}
