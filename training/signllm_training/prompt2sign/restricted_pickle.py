"""Pickles that hold numbers, read without running them.

A pickle is a program: `pickle.load` calls whatever it names. This module reads the same instructions with a machine
that has none to call anything: a global is a word until it is one of six known recipes for an array, and every other
one ends the reading. Containers, numbers, strings and numpy arrays come out; nothing else can.

Source: instruction set and meanings, CPython's `pickletools` (which only cuts the stream into instructions here);
recipes, `ndarray.__reduce__` and `dtype.__reduce__` of numpy 1 and 2.
"""

from __future__ import annotations

import math
import pickletools
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign.errors import DataError

Plain: TypeAlias = Any
"""None, bool, int, float, str, bytes, a list, tuple or dict of these, a numpy array or scalar. `Any` for mypy alone."""

MAX_BYTES: Final = 1 << 29
"""Largest file that is read, and the most that its arrays and strings may take, 512 MiB."""
_MAX_INSTRUCTIONS: Final = 20_000_000
_MAX_DEPTH: Final = 64
_DTYPE: Final = re.compile(r"b1|[iu][1248]|f[248]|c8|c16|[SU][1-9]\d{0,5}")
_MULTIARRAY: Final = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC: Final = ("numpy.core.numeric", "numpy._core.numeric")
_RECIPES: Final = {
    **{(module, name): name for module in _MULTIARRAY for name in ("_reconstruct", "scalar")},
    **{(module, "_frombuffer"): "_frombuffer" for module in _NUMERIC},  # arrays in protocol 5
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",  # bytes in protocol 0 to 2
    **{(module, "bytes"): "bytes" for module in ("builtins", "__builtin__")},  # no bytes at all in protocol 0 to 2
}
_KEYS: Final = (str, int, float, bytes, type(None))
_LOADS: Final = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE "
    "SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8".split()
)
_CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


def load_pickle(path: Path, *, max_bytes: int = MAX_BYTES, objects: bool = False) -> Plain:
    """What a pickle file holds, without running it.

    Args:
        path: File.
        max_bytes: Largest file that is read.
        objects: As in `loads`.

    Raises:
        DataError: As in `loads`, or the file is larger.
    """
    size = path.stat().st_size
    if size > max_bytes:
        raise DataError(f"a pickle of {size:,} bytes: at most {max_bytes:,} are read", path)
    return loads(path.read_bytes(), path, max_bytes=max_bytes, objects=objects)


def loads(data: bytes, path: Path | str | None = None, *, max_bytes: int = MAX_BYTES, objects: bool = False) -> Plain:
    """What a pickle holds, without running it.

    Arrays keep the byte order that they were written in, and cannot be written to.

    Args:
        data: The pickle, protocol 0 to 5.
        path: File it comes from, for error messages.
        max_bytes: The most that copies of its strings and arrays may take.
        objects: Whether arrays of objects are read, as the list of their elements, each of them plain; an array of no
            dimension as its only element. Otherwise they are refused.

    Raises:
        DataError: It is damaged, too large, or holds more than plain containers, numbers, strings and numpy arrays:
            then the message names the global that it asked for, which was not imported.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pickletools warns of odd escapes in texts
            return _Machine(max_bytes, objects).run(data)
    except _Refused as error:
        raise DataError(f"{error}. Nothing of it was run", path) from None
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, RecursionError, MemoryError) as error:
        # UnicodeDecodeError is a ValueError; these are what damaged bytes lead to in pickletools and below.
        raise DataError(f"not a whole pickle ({type(error).__name__}: {str(error)[:120]})", path) from error


class _Refused(Exception):
    """The pickle holds something that is not plain data."""


class _Word:
    """A global that was named, not imported."""

    def __init__(self, recipe: str) -> None:
        self.recipe = recipe


class _Blank:
    """An array that waits for its state; `memos` are the places that remember it."""

    def __init__(self) -> None:
        self.memos: list[int] = []


class _Kind:
    """A dtype: its letter and width, and the byte order that its state adds."""

    def __init__(self, code: str, objects: bool) -> None:
        self.is_object = code in ("O", "O8", "O4")
        if self.is_object and not objects:
            raise _Refused("it holds an array of objects; only arrays of numbers and strings are read")
        if not self.is_object and not _DTYPE.fullmatch(code):
            raise _Refused(f"it holds an array of kind {code!r}; only booleans, numbers and strings are read")
        self.dtype = np.dtype("u1" if self.is_object else code)


_Mark: Final = object()


class _Machine:
    """The instructions of a pickle that build values, and no other."""

    def __init__(self, max_bytes: int, objects: bool) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = max_bytes
        self.objects = objects

    def run(self, data: bytes) -> Plain:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count > _MAX_INSTRUCTIONS:
                raise _Refused(f"it has more than {_MAX_INSTRUCTIONS:,} instructions")
            name = opcode.name
            if name == "STOP":
                break
            if name in _LOADS:
                self.stack.append(bytes(argument) if isinstance(argument, bytearray) else argument)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            elif (step := _STEPS.get(name)) is not None:
                step(self, argument)
            elif name == "INST":
                raise _Refused(_asks_for(*str(argument).split(" ", 1)))
            else:
                raise _Refused(f"it uses the instruction {name}, which plain data and arrays do not need")
        (result,) = self.stack
        _check_plain(result)
        return result

    def pop_to_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while self.stack[at] is not _Mark:
            at -= 1
            if at < 0:
                raise IndexError("no mark")
        taken = self.stack[at + 1 :]
        del self.stack[at:]
        return taken

    def put(self, key: int) -> None:
        value = self.stack[-1]
        self.memo[key] = value
        if isinstance(value, _Blank):
            value.memos.append(key)

    def name_global(self, module: Any, name: Any) -> None:
        recipe = _RECIPES.get((str(module), str(name)))
        if recipe is None:
            raise _Refused(_asks_for(str(module), str(name)))
        self.stack.append(_Word(recipe))

    def reduce(self) -> None:
        arguments, word = self.stack.pop(), self.stack.pop()
        if not isinstance(word, _Word) or not isinstance(arguments, tuple):
            raise _Refused("it calls something that is no recipe for an array")
        if word.recipe == "_reconstruct":
            self.stack.append(_Blank())
        elif word.recipe == "dtype":
            self.stack.append(_Kind(_text(arguments[0]), self.objects))
        elif word.recipe == "encode" and arguments[1] == "latin1":
            self.stack.append(self.octets(arguments[0]))
        elif word.recipe == "bytes" and not arguments:
            self.stack.append(b"")
        elif word.recipe == "scalar":
            kind, data = arguments
            self.stack.append(self.array((), kind, data, "C")[()])
        elif word.recipe == "_frombuffer":
            data, kind, shape, order = arguments
            self.stack.append(self.array(shape, kind, data, _text(order)))
        else:
            raise _Refused(f"it calls {word.recipe} in a way that numpy does not")

    def build(self) -> None:
        state, value = self.stack.pop(), self.stack[-1]
        if isinstance(value, _Kind) and isinstance(state, tuple):
            if any(part is not None for part in state[2:5]):
                raise _Refused("it holds an array of records; only booleans, numbers and strings are read")
            if state[1] in ("<", ">"):
                value.dtype = value.dtype.newbyteorder(state[1])
        elif isinstance(value, _Blank) and isinstance(state, tuple):
            *_, shape, kind, fortran, data = state  # the version in front is not in the oldest files
            made = self.array(shape, kind, data, "F" if fortran else "C")
            for key in value.memos:
                self.memo[key] = made
            self.stack[-1] = made
        else:
            raise _Refused("it sets the state of something that is no array")

    def array(self, shape: Any, kind: Any, data: Any, order: str) -> Any:
        if not isinstance(kind, _Kind) or not isinstance(shape, tuple) or order not in ("C", "F"):
            raise _Refused("it describes an array in a way that numpy does not")
        if len(shape) > 32 or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
            raise _Refused(f"it holds an array of shape {str(shape)[:80]}")
        count = math.prod(shape)
        if kind.is_object:
            if not isinstance(data, list) or len(data) != count:
                raise _Refused(f"an array of shape {shape} comes with another number of elements")
            return data if shape else data[0]
        octets = self.octets(data)
        if len(octets) != count * kind.dtype.itemsize:
            raise _Refused(f"an array of shape {shape} and kind {kind.dtype} comes with {len(octets):,} bytes")
        flat: npt.NDArray[Any] = np.frombuffer(octets, kind.dtype) if octets else np.zeros(0, kind.dtype)
        return flat.reshape(shape, order="F" if order == "F" else "C")

    def octets(self, value: Any) -> bytes:
        if isinstance(value, str):  # Python 2 wrote bytes as text; a copy, which repeated often would fill the memory
            self.left -= len(value)
            if self.left < 0:
                raise _Refused("its strings and arrays take more memory than is allowed")
            return value.encode("latin-1")
        if not isinstance(value, bytes):
            raise _Refused(f"it holds an array whose bytes are a {type(value).__name__}")
        return value


def _asks_for(module: str, name: str = "?") -> str:
    return (
        f"this pickle asks for the global {f'{module}.{name}'[:120]!r}; only plain containers, numbers, strings and "
        "numpy arrays are loaded"
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _set_items(target: Any, items: list[Any]) -> None:
    if type(target) is not dict or len(items) % 2:
        raise TypeError("items for something that is no dictionary")
    for key, value in zip(items[::2], items[1::2], strict=True):
        # A tuple nested a million deep would overflow the C stack when it is hashed.
        if not isinstance(key, _KEYS):
            raise _Refused(f"a dictionary has a {type(key).__name__} as key; only strings and numbers are")
        target[key] = value


def _append(target: Any, items: list[Any]) -> None:
    if type(target) is not list:
        raise TypeError("elements for something that is no list")
    target.extend(items)


def _push_tuple(machine: _Machine, count: int) -> None:
    if count > len(machine.stack):
        raise IndexError("too few values for a tuple")
    taken = tuple(machine.stack[-count:])
    if any(value is _Mark for value in taken):
        raise IndexError("too few values for a tuple")
    machine.stack[-count:] = [taken]


def _push_dict(machine: _Machine, _: Any) -> None:
    made: dict[Any, Any] = {}
    _set_items(made, machine.pop_to_mark())
    machine.stack.append(made)


def _set_one(machine: _Machine, _: Any) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _set_items(machine.stack[-1], [key, value])


def _set_many(machine: _Machine, _: Any) -> None:
    items = machine.pop_to_mark()
    _set_items(machine.stack[-1], items)


def _append_one(machine: _Machine, _: Any) -> None:
    value = machine.stack.pop()
    _append(machine.stack[-1], [value])


def _append_many(machine: _Machine, _: Any) -> None:
    items = machine.pop_to_mark()
    _append(machine.stack[-1], items)


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.name_global(module, name)


_Step: TypeAlias = Callable[[_Machine, Any], object]
_STEPS: Final[dict[str, _Step]] = {
    "PROTO": lambda machine, argument: None,
    "FRAME": lambda machine, argument: None,
    "MARK": lambda machine, argument: machine.stack.append(_Mark),
    "POP": lambda machine, argument: machine.stack.pop(),
    "POP_MARK": lambda machine, argument: machine.pop_to_mark(),
    "DUP": lambda machine, argument: machine.stack.append(machine.stack[-1]),
    "EMPTY_LIST": lambda machine, argument: machine.stack.append([]),
    "LIST": lambda machine, argument: machine.stack.append(machine.pop_to_mark()),
    "APPEND": _append_one,
    "APPENDS": _append_many,
    "EMPTY_TUPLE": lambda machine, argument: machine.stack.append(()),
    "TUPLE": lambda machine, argument: machine.stack.append(tuple(machine.pop_to_mark())),
    "TUPLE1": lambda machine, argument: _push_tuple(machine, 1),
    "TUPLE2": lambda machine, argument: _push_tuple(machine, 2),
    "TUPLE3": lambda machine, argument: _push_tuple(machine, 3),
    "EMPTY_DICT": lambda machine, argument: machine.stack.append({}),
    "DICT": _push_dict,
    "SETITEM": _set_one,
    "SETITEMS": _set_many,
    **{name: lambda machine, key: machine.stack.append(machine.memo[key]) for name in ("GET", "BINGET", "LONG_BINGET")},
    **{name: lambda machine, key: machine.put(key) for name in ("PUT", "BINPUT", "LONG_BINPUT")},
    "MEMOIZE": lambda machine, argument: machine.put(len(machine.memo)),
    "GLOBAL": lambda machine, argument: machine.name_global(*str(argument).split(" ", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": lambda machine, argument: machine.reduce(),
    "BUILD": lambda machine, argument: machine.build(),
}


def _check_plain(value: Plain) -> None:
    """Refuse words, blanks and marks that were left where a value should be, and nesting without end."""
    level, seen = [value], set[int]()
    for _ in range(_MAX_DEPTH):
        inner: list[Any] = []
        for each in level:
            if each is _Mark or isinstance(each, (_Word, _Blank, _Kind)):
                raise _Refused("a recipe for an array stands where a value should be")
            if isinstance(each, (list, tuple, dict)) and id(each) not in seen:
                seen.add(id(each))
                inner.extend(each.values() if isinstance(each, dict) else each)
        if not inner:
            return
        level = inner
    raise _Refused(f"its containers are nested more than {_MAX_DEPTH} deep")
