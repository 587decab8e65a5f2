/** Joins the page up: address, avatar, connection, display. */
import "./style.css";

import { Connection } from "./connection";
import { AppliedFrames } from "./hook";
import { readOptions } from "./options";
import { Player, type Shown } from "./player";
import type { Complaint } from "./report";
import { Rig } from "./rig";
import { armsDown } from "./rest";
import { Ui } from "./ui";
import { View } from "./view";
import { encodeControl, encodeReport, encodeSpeak, type PoseFrame, type ServerEvent, type SpeakRequest } from "./wire";

const NO_ANSWER = "The server does not answer.";

const options = readOptions(location.search);
const applied = new AppliedFrames();
let player: Player | undefined;
let rig: Rig | undefined;
let lastFrame: PoseFrame | undefined;
let lastRequest: SpeakRequest | undefined;
let connected = false;
let greet: () => void;
const introduced = new Promise<void>((resolve) => (greet = resolve));

const ui = new Ui({ onSign: sign, onPlay: playOrPause, onStop: () => tell("cancel"), onReport: report }, options);

const address = new URL("stream", location.href);
address.protocol = address.protocol.replace("http", "ws");
address.search = "";
const connection = new Connection(address.href, { onEvent: receive, onLost: lose, onRetry: retry });

function receive(event: ServerEvent): void {
  if (event.kind === "setup") {
    player = new Player(event.setup, player);
    connected = true;
    // Who watches a broadcast chose nothing: it shows the source that errs less.
    ui.showSetup(event.setup, options.source, options.transparent ? event.setup.broadcastSource : "");
    ui.showError("");
    equip();
    greet();
  }
  if (event.kind === "error" && event.ofReport) ui.showReported(event.message, false);
  else if (event.kind === "error") ui.showError(event.message);
  if (event.kind === "reported") ui.showReported("Thank you: the report is written down.", true);
  player?.handle(seconds(), event);
}

function lose(reason: string, retryMs: number): void {
  connected = false;
  player?.breakOff();
  const wait = retryMs < 1000 ? "now" : `in ${Math.round(retryMs / 1000)} s`;
  ui.showStatus("lost", `${reason || NO_ANSWER} The avatar rests; trying again ${wait}.`);
}

function retry(reason: string): void {
  ui.showStatus("lost", `${reason || NO_ANSWER} The avatar rests; trying again now.`);
}

function sign(request: SpeakRequest): void {
  if (player?.activity === "paused") tell("resume");
  if (!connected || !connection.send(encodeSpeak(request))) {
    ui.showError("There is no server to sign this: start it with `signllm serve`, and sign again when connected.");
    return;
  }
  player?.ask();
  lastRequest = request;
  ui.showError("");
}

function playOrPause(): void {
  if (player?.activity === "signing") tell("pause");
  else if (player?.activity === "paused") tell("resume");
  else sign({ ...(lastRequest ?? ui.request), ...ui.manner });
}

function report(complaint: Complaint): boolean {
  return connected && connection.send(encodeReport({ ...complaint, time: lastFrame?.time ?? 0 }));
}

function tell(command: "pause" | "resume" | "cancel"): void {
  if (command === "cancel" && player?.activity === "paused") connection.send(encodeControl("resume"));
  connection.send(encodeControl(command));
}

/** Fits the stream to the avatar, as soon as both are known. */
function equip(): void {
  if (view?.vrm !== undefined && player !== undefined) {
    rig = new Rig(view.vrm, player.setup.jointNames, player.setup.faceNames);
  }
}

function show({ rotations, face, frame }: Shown): void {
  lastFrame = frame ?? lastFrame;
  rig?.apply(rotations, face);
}

function showExactly(frame: PoseFrame): void {
  show({ rotations: frame.rotations, face: frame.face, frame });
  if (rig !== undefined) applied.record(frame, rig);
}

function pose(now: number): void {
  if (player === undefined) return;
  if (!connected) show(player.atRest(now));
  else if (options.interpolate) show(player.tick(now));
  else player.tickExact(now).forEach(showExactly);
  ui.showCaption(player.caption);
  ui.showActivity(player.activity, player.waiting);
}

function openView(): View | undefined {
  try {
    return new View(ui.canvas);
  } catch {
    ui.showLoading("This browser shows no 3D graphics: allow WebGL 2, or use another browser. Captions still work.");
    return undefined;
  }
}

async function loadAvatar(): Promise<void> {
  const file = new URL("avatar.vrm", location.href);
  file.search = "";
  try {
    const vrm = await view?.load(file.href);
    if (vrm === undefined) return;
    ui.showLoading("");
    // The T-pose is no way to wait for the server.
    const hanging = ["leftUpperArm", "rightUpperArm"];
    new Rig(vrm, hanging, []).apply(armsDown(hanging), new Float32Array(0));
    equip();
  } catch (error) {
    ui.showLoading(`The avatar could not be loaded (${String(error)}): check that the server runs, then reload the page.`);
    throw error;
  }
}

function seconds(): number {
  return performance.now() / 1000;
}

const view = openView();
const ready = Promise.all([loadAvatar(), introduced]).then(() => {
  if (options.autoplay) sign(ui.request);
});

window.signllm = {
  ready,
  boneRotation: (name) => {
    const bone = view?.vrm?.humanoid.getNormalizedBoneNode(name as Parameters<Rig["vrm"]["humanoid"]["getNormalizedBoneNode"]>[0]);
    return bone?.quaternion.toArray();
  },
  faceWeight: (name) => rig?.weight(name),
  frame: () => lastFrame && { utterance: lastFrame.utterance, sequence: lastFrame.sequence, time: lastFrame.time },
  appliedAt: (sequence) => applied.get(sequence),
  activity: () => player?.activity ?? "idle",
};

let drawnAt = seconds();
function draw(): void {
  const now = seconds();
  pose(now);
  view?.render(now - drawnAt);
  drawnAt = now;
  requestAnimationFrame(draw);
}
connection.open();
draw();
