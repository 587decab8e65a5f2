/** A WebSocket that comes back: the thin shell between the socket and the rest of the page. */
import { SUBPROTOCOL, ServerDecoder, WireError, encodePing, type ServerEvent } from "./wire";

const PING_INTERVAL_MS = 2000;
const GIVE_UP_CONNECTING_MS = 8000;

/** Milliseconds to wait before attempt `attempt` (0, 1, 2, ...) to connect again. */
export function backoffMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** attempt);
}

/** The reason that a server gave for hanging up, fit to stand before another sentence. */
export function asSentence(reason: string): string {
  const text = reason.trim();
  if (text === "") return "";
  return text[0]!.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

export interface ConnectionHandlers {
  readonly onEvent: (event: ServerEvent) => void;
  /** The stream broke or never began, for a reason that may be unknown (empty); the next attempt follows in `retryMs`. */
  readonly onLost: (reason: string, retryMs: number) => void;
  readonly onRetry: (reason: string) => void;
}

export class Connection {
  private socket: WebSocket | undefined;
  private attempt = 0;
  private reason = "";

  constructor(
    private readonly url: string,
    private readonly handlers: ConnectionHandlers,
  ) {}

  open(): void {
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    const decoder = new ServerDecoder();
    this.socket = socket;
    this.reason = "";
    socket.binaryType = "arraybuffer";
    const patience = window.setTimeout(() => socket.close(), GIVE_UP_CONNECTING_MS);
    const ping = window.setInterval(() => this.send(encodePing(performance.now() / 1000)), PING_INTERVAL_MS);
    socket.onmessage = ({ data }) => this.receive(decoder, data as ArrayBuffer);
    socket.onopen = () => window.clearTimeout(patience);
    socket.onclose = ({ reason }) => {
      window.clearTimeout(patience);
      window.clearInterval(ping);
      const wait = backoffMs(this.attempt++);
      const why = this.reason || asSentence(reason);
      this.handlers.onLost(why, wait);
      window.setTimeout(() => {
        this.handlers.onRetry(why);
        this.open();
      }, wait);
    };
  }

  /** Sends one message; false when there is no server to take it. */
  send(message: Uint8Array<ArrayBuffer>): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message);
    return true;
  }

  private receive(decoder: ServerDecoder, data: ArrayBuffer): void {
    try {
      const event = decoder.decode(new Uint8Array(data));
      // Not at Setup: a server that is full says it, and hangs up at once.
      if (event?.kind === "pong") this.attempt = 0;
      if (event !== undefined) this.handlers.onEvent(event);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.reason = error.message;
      this.socket?.close();
    }
  }
}
