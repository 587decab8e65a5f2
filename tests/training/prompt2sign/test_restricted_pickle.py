"""Pickles and array files from outside: numbers come out, nothing runs, and no size is believed."""

from __future__ import annotations

import builtins
import collections
import copyreg
import io
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign.array_files import load_npy, load_npz, read_npy
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.restricted_pickle import load_pickle, loads
from tests import strategies  # noqa: F401  every machine tries the same examples

ARRAYS = (
    np.arange(12.0).reshape(3, 4),
    np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
    np.arange(5, dtype=">i2"),
    np.array(7.5),
    np.zeros((0, 3)),
    np.array(["abc", "d"]),
    np.array([b"abc"]),
    np.array([True, False]),
    np.array([1 + 2j]),
)
SCALARS = (np.float32(1.5), np.int64(-3), np.bool_(True))
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_come_back_as_pickle_itself_would_load_them(protocol: int) -> None:
    held = {"arrays": list(ARRAYS), "twice": [ARRAYS[0], ARRAYS[0]], "scalars": SCALARS, 3: (None, True, b"\xff", "é")}
    data = pickle.dumps(held, protocol=protocol)
    ours, theirs = loads(data), pickle.loads(data)
    for a, b in zip(ours["arrays"], theirs["arrays"], strict=True):
        assert a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=") and a.shape == b.shape
        np.testing.assert_array_equal(a, b)
    assert ours["twice"][0] is ours["twice"][1]
    assert [(type(a), a) for a in ours["scalars"]] == [(type(b), b) for b in theirs["scalars"]]
    assert ours[3] == theirs[3]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_names_of_numpy_1_are_known_too(protocol: int) -> None:
    data = pickle.dumps([ARRAYS[0], SCALARS[0]], protocol=protocol)
    old = data.replace(b"numpy._core.", b"numpy.core.")
    if protocol >= 4:  # there the length of a name stands before it
        for module in (b"multiarray", b"numeric"):
            new = b"numpy._core." + module
            data = data.replace(bytes([len(new)]) + new, bytes([len(new) - 1]) + b"numpy.core." + module)
        old = data
    array, scalar = loads(old)
    np.testing.assert_array_equal(array, ARRAYS[0])
    assert scalar == SCALARS[0]


def test_a_pickle_of_python_2_has_its_bytes_as_text() -> None:
    data = pickle.dumps(np.arange(3.0), protocol=2)
    state = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x03\x85"
    state += b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x18"
    np.testing.assert_array_equal(loads(state + np.arange(3.0).tobytes() + b"tb."), loads(data))


PLAIN = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9), st.binary(max_size=9)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner, inner, inner),
        st.tuples(inner),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_values_come_back(value: object, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol=protocol)) == value


class Payload:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self.call


class Stateful:
    """Pickles as an object with a state that is set on it."""

    def __init__(self) -> None:
        self.held = 1


def trap(path: Path) -> list[tuple[str, bytes]]:
    """Name of the global, and a pickle that makes the file `path` when a real unpickler loads it."""
    command, code = f"touch {path}", f"open({str(path)!r}, 'w').close()"
    calls: list[tuple[str, object]] = [
        ("system", Payload(os.system, command)),
        ("eval", Payload(eval, code)),
        ("exec", Payload(exec, code)),
        ("Popen", Payload(subprocess.Popen, ["touch", str(path)])),
        ("open", Payload(open, str(path), "w")),
        ("getattr", Payload(getattr, Payload(builtins.__import__, "os"), "system")),
        ("__import__", Payload(builtins.__import__, "antigravity")),
        ("_reconstructor", Stateful()),
        ("OrderedDict", collections.OrderedDict(a=Payload(os.system, command))),
    ]
    pickles = [(name, pickle.dumps(what, protocol=p)) for name, what in calls for p in (0, 1)]
    pickles += [(name, pickle.dumps(what, protocol=p)) for name, what in calls[:-2] for p in (2, 3, 4, 5)]
    by_hand = command.encode()
    pickles += [
        ("system", b"cos\nsystem\n(S'" + by_hand + b"'\ntR."),
        ("system", b"(S'" + by_hand + b"'\nios\nsystem\n."),  # INST
        ("system", b"(cos\nsystem\nS'" + by_hand + b"'\no."),  # OBJ
        ("system", b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c" + bytes([len(by_hand)]) + by_hand + b"\x85R."),
        ("Stateful", pickle.dumps(Stateful(), protocol=2)),
        ("Stateful", pickle.dumps(Stateful(), protocol=5)),
        ("_reconstructor", b"ccopyreg\n_reconstructor\n(ctests\nStateful\ncbuiltins\nobject\nNtR."),
        ("add_extension", b"ccopyreg\nadd_extension\n(S'os'\nS'system'\nK\x01tR0\x82\x01(S'" + by_hand + b"'\ntR."),
        ("__setstate__", b"c_codecs\nencode.__setstate__\n."),
        ("runstring", b"cnumpy.testing._private.utils\nrunstring\n(S'" + code.encode() + b"'\n}tR."),
        ("multiarray._reconstruct", b"cos\nnumpy.core.multiarray._reconstruct\n."),
        # The payload hides where an array would stand.
        ("system", pickle.dumps({"smplx": np.zeros(3), "width": Payload(os.system, command)})),
        ("system", pickle.dumps(np.array([Payload(os.system, command)], dtype=object), protocol=2)),
    ]
    return pickles


def test_a_pickle_that_would_run_code_is_refused_by_the_name_of_its_global(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    payloads = trap(mark)
    assert len(payloads) > 40
    for name, data in payloads:
        with pytest.raises(DataError, match=rf"asks for the global '.*{name}'|array of objects") as refused:
            loads(data, "clip.pkl")
        assert str(refused.value).startswith("clip.pkl: ") and str(refused.value).endswith("Nothing of it was run")
        assert not mark.exists()
    assert "antigravity" not in sys.modules


def test_those_pickles_do_run_code_where_they_are_trusted(tmp_path: Path) -> None:
    # Else the test above would show nothing.
    mark = tmp_path / "ran"
    for data in (trap(mark)[0][1], trap(mark)[2][1], b"cos\nsystem\n(S'touch " + str(mark).encode() + b"'\ntR."):
        pickle.loads(data)
        assert mark.exists()
        mark.unlink()


def test_an_extension_of_this_process_is_no_way_in(tmp_path: Path) -> None:
    copyreg.add_extension("os", "system", 240)  # type: ignore[no-untyped-call, unused-ignore]
    try:
        with pytest.raises(DataError, match="instruction EXT1"):
            loads(b"\x82\xf0(S'touch x'\ntR.")
    finally:
        copyreg.remove_extension("os", "system", 240)  # type: ignore[no-untyped-call, unused-ignore]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pickle.dumps({1, 2}), "EMPTY_SET"),
        (pickle.dumps(frozenset([1])), "FROZENSET"),
        (b"S'x'\nP1\n.", "PERSID|not a whole"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (pickle.dumps(np.array([None])), "array of objects"),
        (pickle.dumps(np.zeros(2, dtype=[("a", "f4"), ("b", "O")])), "kind 'V12'|kind 'V16'"),
        (pickle.dumps(np.datetime64("2020-01-01")), "kind 'M8'"),
        (pickle.dumps({(1, 2): 3}), "tuple as key"),
        (b"cnumpy\nndarray\n.", "recipe for an array stands where a value should be"),
        (b"c\\u\nx\n.", r"asks for the global"),
        (b"(.", "recipe for an array stands"),
        (b"cnumpy\nndarray\n(K\x01tR.", "calls ndarray in a way"),
        (b"cnumpy\nndarray\n}S'__setstate__'\nK\x01sb.", "sets the state of something that is no array"),
        (b"K\x01K\x02.", "not a whole pickle"),
        (b"", "not a whole pickle"),
        (b"0.", "not a whole pickle"),
        (b"]" + b"]" * 99 + b"a" * 99 + b".", "nested more than 64 deep"),
        (b"\x80\x04]\x94h\x00a0h\x05.", "not a whole pickle"),
        (b"c_codecs\nencode\n(S'616263'\nS'hex'\ntR.", "calls encode in a way"),
    ],
)
def test_what_is_no_plain_data_is_said(data: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        loads(data)


def array_of(shape: bytes, octets: bytes = b"\x00" * 8) -> bytes:
    """A pickle of float64 whose shape is whatever it says."""
    head = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01" + shape
    kind = b"cnumpy\ndtype\n(X\x02\x00\x00\x00f8\x89\x88tR(K\x03X\x01\x00\x00\x00<NNNK\x00K\x00K\x00tb"
    return head + kind + b"\x89C" + bytes([len(octets)]) + octets + b"tb."


@pytest.mark.parametrize(
    "shape",
    [b"(\x8a\x05\x00\x00\x00\x00\x0ft", b"(J\xff\xff\xff\xfft", b"(K\x02t", b"(" + b"K\x01" * 40 + b"t", b"(Nt"],
)
def test_an_array_larger_than_its_bytes_is_refused_before_memory_is_taken(shape: bytes) -> None:
    np.testing.assert_array_equal(loads(array_of(b"(K\x01t")), [0.0])
    with pytest.raises(DataError, match="shape"):
        loads(array_of(shape))


def test_small_files_cannot_fill_the_memory(tmp_path: Path) -> None:
    # One long text, made into bytes again and again; a memo at an enormous place; a length that the file does not have.
    again = b"c_codecs\nencode\nq\x010(X\x40\x42\x0f\x00" + b"a" * 1_000_000 + b"q\x00"
    again += b"h\x01(h\x00X\x06\x00\x00\x00latin1tR" * 3000 + b"t."
    with pytest.raises(DataError, match="more memory than is allowed"):
        loads(again, max_bytes=1 << 24)
    assert loads(b"K\x01r\xff\xff\xff\xff.") == 1
    with pytest.raises(DataError, match="not a whole pickle"):
        loads(b"\x80\x05\x96\x00\x00\x00\x00\x00\x01\x00\x00.")
    path = tmp_path / "large.pkl"
    path.write_bytes(pickle.dumps(b"a" * 1000))
    with pytest.raises(DataError, match=r"large\.pkl: a pickle of 1,0\d\d bytes: at most 500"):
        load_pickle(path, max_bytes=500)
    assert load_pickle(path) == b"a" * 1000


def test_sharing_that_doubles_at_every_step_is_looked_at_once() -> None:
    value: list[object] = [1]
    for _ in range(50):
        value = [value, value]
    assert len(loads(pickle.dumps(value))) == 2


def test_arrays_of_objects_are_read_on_request_and_stay_plain(tmp_path: Path) -> None:
    person = {"body": np.ones((18, 2))}
    data = pickle.dumps(np.array(person, dtype=object))
    assert (loads(data, objects=True)["body"] == 1).all()
    pair = np.empty(2, dtype=object)
    pair[:] = [1, "a"]
    assert loads(pickle.dumps(pair), objects=True) == [1, "a"]
    path = tmp_path / "people.npz"
    np.savez(path, num_persons=1, person_0=np.array(person, dtype=object))
    assert load_npz(path, objects=True)["person_0"]["body"].shape == (18, 2)
    with pytest.raises(DataError, match=r"people\.npz:person_0\.npy: an array of objects"):
        load_npz(path)
    np.savez(path, person_0=np.array(Payload(os.system, "true"), dtype=object))
    with pytest.raises(DataError, match=r"asks for the global '(posix|nt)\.system'"):
        load_npz(path, objects=True)


@settings(max_examples=150)
@given(st.data())
def test_damaged_pickles_are_data_errors(data: st.DataObject) -> None:
    whole = bytearray(
        pickle.dumps(
            {"smplx": np.arange(4.0), "w": [1, "a", (2.5, None)]}, protocol=data.draw(st.sampled_from(PROTOCOLS))
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        loads(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except DataError:
        pass


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from([o.code.encode("latin-1") for o in pickletools.opcodes]), max_size=12),
    st.binary(max_size=20),
)
def test_any_instructions_are_a_value_or_a_data_error(codes: list[bytes], tail: bytes) -> None:
    try:
        loads(b"".join(codes) + tail)
    except DataError:
        pass


@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_array_files_come_back_as_numpy_loads_them(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", array=array)
    np.savez_compressed(tmp_path / "b.npz", array=array)
    for ours in (
        load_npy(tmp_path / "a.npy"),
        load_npz(tmp_path / "a.npz")["array"],
        load_npz(tmp_path / "b.npz")["array"],
    ):
        assert ours.dtype == array.dtype and ours.shape == array.shape
        np.testing.assert_array_equal(ours, array)


def npy(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin-1")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a .npy array"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1000)}\n"), "takes 8,000,000,000,"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}\n"), "shape"),
        (npy("{'descr': '|V0', 'fortran_order': False, 'shape': (1000000000000,)}\n"), "an array of"),
        (npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': ()}\n"), "only booleans, numbers"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}\n") + b"cos\nsystem\n.", "array of objects"),
        (npy("__import__('os').system('true')\n"), "not a .npy array"),
        (npy("(" * 3000 + "\n"), "not a .npy array"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, " + "9" * 30 + ")}\n"), "cannot be"),
    ],
)  # fmt: skip
def test_array_files_that_lie_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_npy(data)


def test_an_archive_that_unpacks_to_more_than_is_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, poses=np.zeros(4_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"bomb\.npz: its arrays take more than 1,000,000 bytes"):
        load_npz(path, max_bytes=1_000_000)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("run.py", "raise SystemExit")
    with pytest.raises(DataError, match=r"'run\.py' in it is no array"):
        load_npz(path)
    path.write_bytes(b"not an archive")
    with pytest.raises(DataError, match=r"not a whole \.npz archive"):
        load_npz(path)
    np.save(tmp_path / "a.npy", np.zeros(99))
    with pytest.raises(DataError, match="at most 100 are read"):
        load_npy(tmp_path / "a.npy", max_bytes=100)


@settings(max_examples=100)
@given(st.data())
def test_damaged_archives_are_data_errors(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    file = io.BytesIO()
    np.savez(file, poses=np.arange(6.0).reshape(2, 3), gender="neutral")
    whole = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(whole)
    for read in (lambda: load_npz(path), lambda: read_npy(bytes(whole[30:]))):
        try:
            read()
        except DataError:
            pass
