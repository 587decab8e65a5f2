/** The avatar from the front, or from the front and from the side, playing one clip over and over. */
import { Rig } from "../rig";
import { View, type Box } from "../view";
import { mirrored, unpack, type Clip, type PackedClip } from "./clip";
import { Playhead } from "./playhead";

/** Degrees of the second view: far enough round to see how far the hand is from the body, not behind the arm. */
const SIDE = -70;

export interface RigNames {
  readonly joints: readonly string[];
  readonly faces: readonly string[];
}

export class Stage {
  playhead: Playhead | undefined;
  private readonly view: View;
  private rig: Rig | undefined;
  private clip: Clip | undefined;
  private packed: PackedClip | undefined;
  private mirror = false;
  private last = 0;

  /**
   * @param cropAll What is shown of every clip; without it, of each clip what it needs.
   * @throws {Error} The browser gives no WebGL 2 context.
   */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly names: RigNames,
    views: "front" | "front and side",
    private readonly cropAll?: Box,
  ) {
    this.view = new View(canvas, views === "front" ? [0] : [0, SIDE]);
  }

  /** Loads the avatar and begins to draw. */
  async load(url: string): Promise<void> {
    this.rig = new Rig(await this.view.load(url), this.names.joints, this.names.faces);
    requestAnimationFrame(this.draw);
  }

  show(packed: PackedClip): void {
    this.packed = packed;
    this.choose();
    const speed = this.playhead?.speed ?? 1;
    this.playhead = new Playhead(packed.frames, packed.fps, seconds());
    this.playhead.setSpeed(speed, seconds());
  }

  setMirror(on: boolean): void {
    this.mirror = on;
    this.choose();
  }

  private choose(): void {
    if (this.packed === undefined) return;
    const clip = unpack(this.packed, this.names.joints.length, this.names.faces.length);
    this.clip = this.mirror ? mirrored(clip, this.names.joints, this.names.faces) : clip;
    this.view.crop(this.cropAll ?? this.clip.box);
  }

  private readonly draw = (): void => {
    requestAnimationFrame(this.draw);
    const now = seconds();
    const frame = this.playhead?.frame(now) ?? 0;
    const rotations = this.clip?.rotations[frame];
    const face = this.clip?.face[frame];
    if (rotations !== undefined && face !== undefined) this.rig?.apply(rotations, face);
    this.view.render(Math.min(0.1, now - this.last));
    this.last = now;
  };
}

export function seconds(): number {
  return performance.now() / 1000;
}
