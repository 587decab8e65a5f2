"""Numpy's .npy and .npz, bounded: sizes are read and refused before memory is taken, and nothing is unpickled.

`numpy.load` trusts both the size in a header and the size in an archive; a file of a kilobyte may ask for a terabyte.

Source: formats, documentation of `numpy.lib.format` (versions 1 to 3).
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Container
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.restricted_pickle import MAX_BYTES, Plain, loads

_MAX_MEMBERS: Final = 10_000
_HEADERS: Final = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}

# A header is a Python literal, which numpy parses with `ast`, and with `tokenize` where Python 2 wrote it.
_HEADER_ERRORS: Final = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError, RecursionError),
    *(SyntaxError, tokenize.TokenError, struct.error),
)


def load_npy(path: Path, *, max_bytes: int = MAX_BYTES, objects: bool = False) -> Plain:
    """The array of a .npy file.

    Args:
        path: File.
        max_bytes: Largest file that is read.
        objects: Whether an array of objects is read, as `restricted_pickle.loads` does it.

    Raises:
        DataError: It is damaged, larger, or holds objects that are not asked for.
    """
    size = path.stat().st_size
    if size > max_bytes:
        raise DataError(f"an array of {size:,} bytes: at most {max_bytes:,} are read", path)
    return read_npy(path.read_bytes(), path, objects=objects)


def load_npz(
    path: Path, *, max_bytes: int = MAX_BYTES, objects: bool = False, only: Container[str] | None = None
) -> dict[str, Plain]:
    """The arrays of a .npz file by their names; see `load_npy`.

    Args:
        path: File.
        max_bytes: The most that what is read of it may take.
        objects: As in `load_npy`.
        only: Names of the arrays to read, all when absent.

    Raises:
        DataError: It is no archive, is damaged, unpacks to more than `max_bytes`, or holds what is not asked for.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _members(archive, path, max_bytes, objects, only)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        # RuntimeError: an archive with a password; NotImplementedError: a compression that Python does not know.
        raise DataError(f"not a whole .npz archive ({type(error).__name__}: {str(error)[:120]})", path) from error


def _members(
    archive: zipfile.ZipFile, path: Path, max_bytes: int, objects: bool, only: Container[str] | None
) -> dict[str, Plain]:
    entries = archive.infolist()
    if len(entries) > _MAX_MEMBERS:
        raise DataError(f"an archive of {len(entries):,} files: at most {_MAX_MEMBERS:,} are read", path)
    arrays, left = dict[str, Plain](), max_bytes
    for entry in entries:
        if not entry.filename.endswith(".npy"):
            raise DataError(f"{entry.filename[:80]!r} in it is no array: a .npz holds .npy files alone", path)
        name = entry.filename.removesuffix(".npy")
        if only is not None and name not in only:
            continue
        with archive.open(entry) as file:
            data = file.read(left + 1)  # what is really unpacked counts, not what the archive says of itself
        left -= len(data)
        if left < 0:
            raise DataError(f"its arrays take more than {max_bytes:,} bytes, so they are not read", path)
        arrays[name] = read_npy(data, f"{path}:{entry.filename}", objects=objects)
    return arrays


def read_npy(data: bytes, path: Path | str | None = None, *, objects: bool = False) -> Plain:
    """The array that the bytes of a .npy file hold; see `load_npy`."""
    file = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            major, _ = np.lib.format.read_magic(file)
            # Version 3 differs from 2 in the header's encoding, which matters for records alone: they are refused.
            shape, fortran, dtype = _HEADERS[min(major, 2)](file)
    except _HEADER_ERRORS as error:
        raise DataError(f"not a .npy array ({type(error).__name__}: {str(error)[:120]})", path) from error
    rest = data[file.tell() :]
    if dtype == np.dtype("O"):
        if not objects:
            raise DataError("an array of objects, which would have to be unpickled: only numbers are read", path)
        return loads(rest, path, objects=True)
    if dtype.hasobject or dtype.fields is not None or dtype.itemsize == 0 or dtype.kind not in "biufcSU":
        raise DataError(f"an array of {str(dtype)[:80]}: only booleans, numbers and strings are read", path)
    return _shaped(rest, shape, dtype, fortran, path)


def _shaped(
    data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any], fortran: bool, path: Path | str | None
) -> npt.NDArray[Any]:
    expected = math.prod(shape) * dtype.itemsize
    if len(shape) > 32 or min(shape, default=0) < 0 or expected > len(data):
        raise DataError(
            f"an array of shape {str(shape)[:80]} and {dtype} takes {expected:,} bytes; the file has {len(data):,}",
            path,
        )
    try:
        flat = np.frombuffer(data[:expected], dtype) if expected else np.zeros(0, dtype)
        return flat.reshape(shape, order="F" if fortran else "C")
    except ValueError as error:
        raise DataError(f"an array of shape {str(shape)[:80]} cannot be: {error}", path) from error
