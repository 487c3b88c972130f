r"""What a PDF says, piece by piece, as its readers read it: names, texts, numbers and signs of its objects, not what is drawn.

Names are spelt out (``/J#53`` is ``/JS``) and texts are one piece each, whatever stands in them. A stream ends after as many
bytes as its dictionary says; of a PDF 1.5 most objects stand compressed in streams, and are read there (ISO 32000-1, 7.2 to
7.5.7).
What cannot be read so is no whole PDF of an engine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

MOST: Final = 100_000_000
"""How many bytes the objects in a stream may have."""
MOST_PIECES: Final = 10_000_000
"""How many pieces a PDF may have; that of a long handout has a fifth of it."""
_BLANK: Final = re.compile(rb"(?:[\0\t\n\f\r ]+|%[^\r\n]*)*")
_PIECE: Final = re.compile(rb"<<|>>|[\[\]{}]|<[0-9A-Fa-f\0\t\n\f\r ]*>|/?[^\0\t\n\f\r ()<>\[\]{}/%]+|/")
_BRACKET: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_NUMBER_SIGN: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ESCAPED: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_LETTERS: Final = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
_END: Final = re.compile(rb"[\0\t\n\f\r ]*endstream\b")
_LINE: Final = re.compile(rb"\r?\n")


def tokens(content: bytes) -> Iterator[bytes]:
    r"""Yield the pieces of all objects; a text as ``(`` and what it says. Raises `ValueError` for what is not whole.

    >>> list(tokens(rb"1 0 obj<</J#53(a\051 /JS)/A<6A>>>"))
    [b'1', b'0', b'obj', b'<<', b'/JS', b'(a) /JS', b'/A', b'(j', b'>>']
    """
    for number, piece in enumerate(_tokens(content)):
        if number > MOST_PIECES:
            raise ValueError("there is too much of it")
        yield piece


def _tokens(content: bytes, *, packed: bool = False) -> Iterator[bytes]:
    """Yield the same, also of objects that were ``packed`` in a stream, among which there are no streams."""
    place = 0
    dictionary: dict[bytes, bytes] = {}
    open_dictionaries: list[dict[bytes, bytes]] = []
    before = b""
    while (place := _after(_BLANK, content, place)) < len(content):
        piece, place = _piece(content, place)
        yield piece
        if piece == b"<<":
            open_dictionaries.append({})
        elif piece == b">>" and open_dictionaries:
            dictionary = open_dictionaries.pop()
        elif open_dictionaries and before[:1] == b"/":
            open_dictionaries[-1].setdefault(before, piece)
        if piece == b"stream" and before == b">>":
            if packed:
                raise ValueError("a stream stands within another")
            data, place = _stream(content, place, dictionary)
            if dictionary.get(b"/Type") == b"/ObjStm":
                yield from _tokens(_unpacked(data, dictionary), packed=True)
        before = piece


def _after(pattern: re.Pattern[bytes], content: bytes, place: int) -> int:
    """Where something ends that stands at a place."""
    found = pattern.match(content, place)
    if found is None:
        raise ValueError("there is something else than there has to be")
    return found.end()


def _piece(content: bytes, place: int) -> tuple[bytes, int]:
    """The piece at a place, and where it ends."""
    if content[place : place + 1] == b"(":
        return _text(content, place)
    end = _after(_PIECE, content, place)
    piece = content[place:end]
    if piece[:1] == b"/":
        piece = _NUMBER_SIGN.sub(lambda found: bytes([int(found[1], 16)]), piece)
    elif piece[:1] == b"<" and piece != b"<<":
        digits = bytes(sign for sign in piece[1:-1] if sign > ord(" "))
        piece = b"(" + bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    return piece, end


def _text(content: bytes, begin: int) -> tuple[bytes, int]:
    """A text in brackets, which may hold others."""
    depth = 0
    for found in _BRACKET.finditer(content, begin):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if depth == 0:
            return b"(" + _ESCAPED.sub(_meant, content[begin + 1 : found.start()]), found.end()
    raise ValueError("a text does not end")


def _meant(escape: re.Match[bytes]) -> bytes:
    """What stands for another character."""
    sign: bytes = escape[1]
    return bytes([int(sign, 8) & 0xFF]) if sign[:1] in b"01234567" else _LETTERS.get(sign, sign)


def _stream(content: bytes, place: int, dictionary: dict[bytes, bytes]) -> tuple[bytes, int]:
    """The bytes of a stream, and where it ends."""
    length = dictionary.get(b"/Length", b"")
    if not length.isdigit():
        raise ValueError("a stream does not say how long it is")
    begin = _after(_LINE, content, place)
    end = begin + int(length)
    return content[begin:end], _after(_END, content, end)


def _unpacked(data: bytes, dictionary: dict[bytes, bytes]) -> bytes:
    """The objects in a stream."""
    if b"/Filter" not in dictionary:
        return data
    if dictionary[b"/Filter"] != b"/FlateDecode" or b"/DecodeParms" in dictionary:
        raise ValueError("objects are packed otherwise than engines pack them")
    try:
        whole = zlib.decompressobj()
        found = whole.decompress(data, MOST)
    except zlib.error as error:
        raise ValueError("objects cannot be unpacked") from error
    if not whole.eof:
        raise ValueError("objects are not whole, or too many")
    return found
