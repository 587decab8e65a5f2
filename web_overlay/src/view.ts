/** The three.js scene: an avatar, light, and a camera that always shows the whole signing space. */
import { VRMLoaderPlugin, VRMUtils, type VRM, type VRMHumanBoneName } from "@pixiv/three-vrm";
import {
  DirectionalLight,
  HemisphereLight,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

/** Vertical field of view in degrees: long enough a lens that hands near the camera do not swell. */
const FIELD_OF_VIEW = 22;
/** Metres above the head joint that stay in the picture: the skull, and a hand above it. */
const ABOVE_HEAD = 0.36;
/** Metres by which signing hands come nearer to the camera than the body. */
const HANDS_FORWARD = 0.25;

/** Part of the body plane that the camera must show, in metres. */
export interface Extent {
  readonly top: number;
  readonly bottom: number;
  readonly halfWidth: number;
}

/** What must be seen, between two opposite corners: x to the signer's left, y up, z forward, metres. */
export type Box = readonly [low: readonly number[], high: readonly number[]];

/** Where a camera stands and what it looks at, metres. */
interface Sight {
  readonly distance: number;
  readonly centre: Vector3;
}

/** Distance in metres from which a camera sees all of `extent`, whatever the picture's shape. */
export function cameraDistance({ top, bottom, halfWidth }: Extent, aspect: number): number {
  const slope = Math.tan((0.5 * FIELD_OF_VIEW * Math.PI) / 180);
  return Math.max((0.5 * (top - bottom)) / slope, halfWidth / (slope * aspect));
}

/** Centre of the box, and the distance from it at which a camera `turn` radians from the front sees every corner. */
export function sightOf([low, high]: Box, turn: number, aspect: number): Sight {
  const slope = Math.tan((0.5 * FIELD_OF_VIEW * Math.PI) / 180);
  const centre = new Vector3(...low.map((value, k) => 0.5 * (value + high[k]!)));
  const distances = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const at = new Vector3(...low.map((value, k) => ((corner >> k) & 1 ? high[k]! : value))).sub(centre);
    const right = at.x * Math.cos(turn) - at.z * Math.sin(turn);
    const near = at.x * Math.sin(turn) + at.z * Math.cos(turn);
    return near + Math.max(Math.abs(right) / (slope * aspect), Math.abs(at.y) / slope);
  });
  return { distance: Math.max(...distances), centre };
}

export class View {
  vrm: VRM | undefined;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly cameras: readonly PerspectiveCamera[];
  private extent: Extent = { top: 1.86, bottom: 0.94, halfWidth: 0.56 };
  private box: Box | undefined;

  /**
   * @param canvas What is drawn on.
   * @param angles Where the camera stands, in degrees from the front towards the signer's left; several stand side by
   *   side in the picture.
   * @throws {Error} The browser gives no WebGL 2 context.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly angles: readonly number[] = [0],
  ) {
    this.cameras = angles.map(() => new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.1, 20));
    // The backdrop is the page's: the style sheet gives it a colour, or none for an overlay.
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.setClearAlpha(0);
    this.renderer.setScissorTest(angles.length > 1);
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio));
    this.light();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /**
   * Loads a VRM avatar and frames it.
   *
   * @throws {Error} The file cannot be fetched, or is no VRM.
   */
  async load(url: string): Promise<VRM> {
    const loader = new GLTFLoader();
    loader.register((parser) => new VRMLoaderPlugin(parser));
    const gltf = await loader.loadAsync(url);
    const vrm = gltf.userData.vrm as VRM | undefined;
    if (vrm === undefined) throw new Error("the file holds no VRM avatar");
    VRMUtils.rotateVRM0(vrm);
    // A skinned mesh is culled by its box in the T-pose, which the arms leave as soon as they sign.
    vrm.scene.traverse((object) => (object.frustumCulled = false));
    this.scene.add(vrm.scene);
    this.vrm = vrm;
    this.extent = measure(vrm);
    this.resize();
    return vrm;
  }

  /** Draws the scene `elapsed` seconds after the last time. */
  render(elapsed: number): void {
    this.vrm?.update(elapsed);
    const width = this.canvas.clientWidth / this.cameras.length;
    this.cameras.forEach((camera, column) => {
      this.renderer.setViewport(column * width, 0, width, this.canvas.clientHeight);
      this.renderer.setScissor(column * width, 0, width, this.canvas.clientHeight);
      this.renderer.render(this.scene, camera);
    });
  }

  /** Frames this and nothing more, instead of the whole signing space. */
  crop(box: Box): void {
    this.box = box;
    this.resize();
  }

  private light(): void {
    // Soft and from the front: fingers must stand out from each other, and no hand may throw shade on a face.
    const key = new DirectionalLight(0xfff4e6, 2.3);
    key.position.set(1.0, 2.4, 3.0);
    const fill = new DirectionalLight(0xe6eeff, 1.1);
    fill.position.set(-2.2, 1.2, 2.2);
    const rim = new DirectionalLight(0xffffff, 1.2);
    rim.position.set(-0.8, 2.4, -2.0);
    this.scene.add(new HemisphereLight(0xffffff, 0xc9d2d6, 1.3), key, fill, rim);
  }

  private resize(): void {
    const width = Math.max(1, this.canvas.clientWidth);
    const height = Math.max(1, this.canvas.clientHeight);
    this.renderer.setSize(width, height, false);
    const aspect = width / this.cameras.length / height;
    const turns = this.angles.map((angle) => (angle * Math.PI) / 180);
    const sights = turns.map((turn) => this.sight(turn, aspect));
    const away = Math.max(...sights.map((sight) => sight.distance)); // the same scale in every view
    this.cameras.forEach((camera, column) => {
      const turn = turns[column] ?? 0;
      const { x, y, z } = sights[column]!.centre;
      camera.aspect = aspect;
      camera.position.set(x + away * Math.sin(turn), y, z + away * Math.cos(turn));
      camera.lookAt(x, y, z);
      camera.updateProjectionMatrix();
    });
  }

  private sight(turn: number, aspect: number): Sight {
    if (this.box !== undefined) return sightOf(this.box, turn, aspect);
    const { top, bottom } = this.extent;
    const distance = cameraDistance(this.extent, aspect) + HANDS_FORWARD;
    return { distance, centre: new Vector3(0, 0.5 * (top + bottom), 0) };
  }
}

/** From above the head to the hips, and an elbow's reach to each side of the shoulders. */
function measure(vrm: VRM): Extent {
  const at = (name: VRMHumanBoneName): Vector3 =>
    vrm.humanoid.getNormalizedBoneNode(name)?.getWorldPosition(new Vector3()) ?? new Vector3();
  vrm.scene.updateMatrixWorld(true);
  const elbow = Math.abs(at("leftLowerArm").x);
  return { top: at("head").y + ABOVE_HEAD, bottom: at("hips").y, halfWidth: elbow + 0.1 };
}
