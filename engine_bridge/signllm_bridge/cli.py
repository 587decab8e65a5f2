"""The commands `signllm say`, `serve` and `doctor`: the one place where the bridge's parts are joined.

Heavy parts (torch, the lexicon) are imported inside functions, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signllm.arguments import CommandParser
from signllm.config import DEFAULT_STRIDE
from signllm.errors import CheckpointError, InputError, SignLLMError
from signllm.source import FASTEST, SLOWEST, check_speed
from signllm_bridge.config import BridgeConfig
from signllm_bridge.errors import BridgeError, SettingError, StartupError
from signllm_bridge.sources import LEXICON, MODEL, SOURCES, load_source, make_generation

if TYPE_CHECKING:
    import socket

    from signllm_bridge.generation import Generation
    from signllm_bridge.server.websocket_server import Server

_STRIDES: Final = (1, 2, 4, 8)
_FAILED, _INTERRUPTED = 2, 130
_DEFAULT: Final = BridgeConfig()

_SAY_EXAMPLES: Final = """\
examples:
  signllm say "My name is Ana." --out hello.npz
      keypoints, rotations, root, face, gloss with start and end, label, coverage
  signllm say "My name is Ana." --out - | head -3
      JSON lines on a pipe, each frame as soon as it is made
  signllm say "Meet fs:ANA" --source lexicon --out hello.jsonl
      exact signs of the lexicon instead of the model's; fs:ANA is spelled letter by letter
  signllm say --gloss "NAME MY fs:ANA" --json
      glosses as they are, and what making them took as one line of JSON
  signllm say "Where is my sister?" --explain --speed 0.75 --left-handed
      how the text becomes glosses, rule by rule; slower, and with the left hand
"""
_SERVE_EXAMPLES: Final = """\
examples:
  signllm serve
      then open the address that it prints, and type a sentence
  signllm serve --source lexicon --port 0
      without the model, on any free port
  signllm serve --host 0.0.0.0
      let other machines on this network watch; there is no password
  signllm serve --broadcast-source signllm --reports wrong-signs.jsonl
      overlays show the model's signing too; reports of wrong signs go to a file of your choice
"""


def serve(argv: Sequence[str] | None = None) -> int:
    """`signllm serve`: the page and the pose stream, until Ctrl-C. Returns the exit status."""
    parser = CommandParser("serve", "Serve a page where an avatar signs what is typed.", _SERVE_EXAMPLES)
    parser.add_argument("--host", default=_DEFAULT.host, help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=_DEFAULT.port, help="port; 0 takes a free one (default: 8765)")
    parser.add_argument(
        "--source",
        choices=SOURCES,
        help="what signs by default (default: signllm when its checkpoint is there, else lexicon)",
    )
    parser.add_argument(
        "--broadcast-source",
        choices=SOURCES,
        help=f"what overlays, channels and engine clients sign with by default (default: {_DEFAULT.broadcast_source}, "
        "the one with the lower measured sign error rate)",
    )
    parser.add_argument(
        "--reports",
        metavar="FILE",
        help="where reports of wrong signs and approvals are written (default: a file in your state folder)",
    )
    _add_stride(parser)
    parser.add_argument("--max-clients", type=int, default=_DEFAULT.max_connections, help="viewers at a time")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="web origin that may connect besides this machine's pages, such as https://example.org",
    )
    return _reported("serve", lambda options: _serve(options), parser.parse_args(argv))


def say(argv: Sequence[str] | None = None) -> int:
    """`signllm say`: one utterance into a file or a pipe. Returns the exit status."""
    parser = CommandParser("say", "Sign a text into a motion file, or frame by frame into a pipe.", _SAY_EXAMPLES)
    parser.add_argument("text", nargs="?", default="", help="what to sign; fs:ANA inside it is spelled exactly")
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    parser.add_argument("--source", choices=SOURCES, default=MODEL, help="what signs (default: signllm)")
    _add_stride(parser)
    parser.add_argument("--out", metavar="FILE", help=".npz, .jsonl (a frame a line as it is made), or - for a pipe")
    parser.add_argument("--spell", action="store_true", help="fingerspell every word exactly")
    parser.add_argument("--gloss", metavar="LINE", default="", help='sign these glosses: "NAME MY fs:ANA"')
    parser.add_argument(
        "--speed", type=float, default=1.0, help=f"rate of signing, {SLOWEST} to {FASTEST} (default: 1, the usual one)"
    )
    parser.add_argument("--left-handed", action="store_true", help="sign with the left hand")
    parser.add_argument("--no-mouthing", action="store_true", help="mouth no English words")
    parser.add_argument("--no-drafts", action="store_true", help="spell words whose sign no Deaf signer has approved")
    parser.add_argument(
        "--approved-by", metavar="NAME", default="", help="who approves this message of the emergency domain"
    )
    parser.add_argument("--explain", action="store_true", help="print the rules that made the glosses of the text")
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON: what making it took; on stderr with --out -"
    )
    return _reported("say", lambda options: _say(options), parser.parse_args(argv))


def doctor(argv: Sequence[str] | None = None) -> int:
    """`signllm doctor`: what this machine can run. Returns 0 when everything needed is there, else 1."""
    parser = CommandParser("doctor", "Check what signing needs, and say what to do.", "example:\n  signllm doctor\n")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: the rows of the table")
    return _reported("doctor", lambda options: _doctor(options), parser.parse_args(argv))


# --------------------------------------------------------------------------------------------------- commands


def _say(options: argparse.Namespace) -> int:
    from signllm_bridge.messages import Speak
    from signllm_bridge.say import PIPE, check_target, write_utterance

    if not (options.text.strip() or options.gloss.strip()):
        raise InputError('there is nothing to sign; give a text in quotes, or --gloss "NAME MY fs:ANA"')
    check_target(options.out)
    check_speed(options.speed)
    generation = make_generation([options.source], options.frames_per_step)
    generation.warm_up()
    speak = Speak(
        text=options.text,
        language=options.language,
        source=options.source,
        spell=options.spell,
        gloss=options.gloss,
        speed=options.speed,
        left_handed=options.left_handed,
        no_mouthing=options.no_mouthing,
        no_drafts=options.no_drafts,
        approved_by=options.approved_by,
    )
    report = sys.stderr if options.out == PIPE else sys.stdout
    if options.explain:
        for line in generation.plan(speak).trace:
            print(line, file=report)
    utterance, measured = write_utterance(generation, speak, options.out, clock=time.perf_counter)
    for notice in utterance.notices:
        print(f"signllm say: {notice}", file=sys.stderr)
    if not options.json:
        target = f" -> {options.out}" if options.out else ""
        signed = f"{utterance.gloss_text}  ({utterance.label}, {measured.frames} frames, {measured.seconds:.1f} s)"
        print(f"{signed}{target}", file=report)
        return 0
    about = {"source": options.source, "gloss": utterance.gloss_text, "label": utterance.label}
    print(json.dumps(about | {"coverage": utterance.coverage} | dataclasses.asdict(measured)), file=report)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from signllm_bridge.avatar import build_avatar
    from signllm_bridge.doctor import remedy
    from signllm_bridge.server.http_pages import PAGES, Pages
    from signllm_bridge.server.records import Records, check_path, default_path
    from signllm_bridge.server.websocket_server import Server, listen

    config = BridgeConfig(
        host=options.host,
        port=options.port,
        max_connections=options.max_clients,
        allowed_origins=tuple(options.allow_origin),
        broadcast_source=options.broadcast_source or _DEFAULT.broadcast_source,
    )
    reports = check_path(Path(options.reports)) if options.reports else default_path(os.environ)
    if not (PAGES / "index.html").is_file():
        advice = remedy("run `npm ci && npm run build` in web_overlay/, then try again")
        raise StartupError(f"the built page is missing; {advice}")
    with closing(listen(config.host, config.port)) as listener:  # before what takes seconds: the port may be taken
        generation = _generation_to_serve(options.source, options.frames_per_step)
        served = generation.source_names
        if options.broadcast_source is not None and options.broadcast_source not in served:
            raise SettingError(
                f"--broadcast-source {options.broadcast_source} is not served; choose one of {', '.join(served)}"
            )
        generation.prepare()
        generation.warm_up()
        with closing(Records(reports, _about(served), clock=lambda: datetime.now(UTC))) as records:
            server = Server(config, generation, Pages(build_avatar()), records)
            with suppress(KeyboardInterrupt):  # pressed before the loop could take it over
                asyncio.run(_run_until_stopped(server, listener, config.host, reports))
    print("\nSignLLM has stopped.", flush=True)
    return 0


async def _run_until_stopped(server: Server, listener: socket.socket, host: str, reports: Path) -> None:
    from signllm_bridge.server.websocket_server import running

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt instead
            loop.add_signal_handler(number, stop.set)
    async with running(server, listener):
        print(f"SignLLM is ready: {_address(host, listener.getsockname()[1])}  (Ctrl-C stops it)", flush=True)
        print(f"Reports of wrong signs are written to {reports}", flush=True)
        await stop.wait()


def _doctor(options: argparse.Namespace) -> int:
    from signllm_bridge import doctor as checks
    from signllm_bridge.server.http_pages import PAGES
    from signllm_bridge.server.records import default_path

    findings = [
        checks.check_python(),
        checks.check_packages(),
        checks.check_loads(
            "model",
            lambda: _vocabulary(MODEL),
            checks.remedy("restore the checkpoint with git, or run `make embedded`"),
        ),
        checks.check_loads("lexicon", lambda: _vocabulary(LEXICON), checks.remedy("restore its files with git")),
        checks.check_page(PAGES),
        checks.check_reports(default_path(os.environ)),
        checks.check_chromium(),
        checks.check_node(),
    ]
    print(checks.table(findings))
    ready = checks.can_run(findings)
    print("\nEverything that signing needs is here." if ready else "\nSomething is missing: see the arrows above.")
    if options.json:
        print(checks.to_json(findings))
    return 0 if ready else 1


# ------------------------------------------------------------------------------------------------------ joining


def _generation_to_serve(wanted: str | None, stride: int) -> Generation:
    """The sources to serve, the default first; without the model when nobody asked for it and it cannot be loaded."""
    if wanted == LEXICON:
        return make_generation([LEXICON], stride)
    try:
        return make_generation([MODEL, LEXICON], stride)
    except (CheckpointError, StartupError) as error:
        if wanted == MODEL:
            raise
        print(f"signllm serve: the lexicon signs instead of the model, because {error}", file=sys.stderr)
        return make_generation([LEXICON], stride)


def _about(sources: Sequence[str]) -> dict[str, str]:
    """What every line of the reports says about this server."""
    from signllm_bridge.server.websocket_server import SERVER_NAME
    from signllm_bridge.versions import file_version, lexicon_version

    about = {"server": SERVER_NAME, "lexicon_version": lexicon_version()}
    if MODEL in sources:
        from signllm.model.checkpoint import EMBEDDED

        about["model_version"] = file_version(EMBEDDED)
    return about


def _vocabulary(name: str) -> str:
    return f"{len(load_source(name).vocabulary)} glosses"


# ------------------------------------------------------------------------------------------------------- common


def _add_stride(parser: CommandParser) -> None:
    parser.add_argument(
        "--frames-per-step",
        type=int,
        choices=_STRIDES,
        default=DEFAULT_STRIDE,
        help="frames that the model makes at once: more are faster, fewer follow more closely (default: %(default)s)",
    )


def _reported(command: str, run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """The exit status; what goes wrong becomes one sentence."""
    try:
        return run(options)
    except (SignLLMError, BridgeError) as error:
        print(f"signllm {command}: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"\nsignllm {command}: stopped", file=sys.stderr)
        return _INTERRUPTED


def _address(host: str, port: int) -> str:
    """Where to point a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"
