import type { InputInjector, KeyStroke } from "../../host-agent/input/driver.ts";
import type { Point } from "../../protocol/geometry.ts";
import type { Button } from "../../protocol/input.ts";

export type Injected =
  | { readonly kind: "pointer"; readonly to: Point }
  | { readonly kind: "button"; readonly button: Button; readonly down: boolean }
  | { readonly kind: "wheel"; readonly dx: number; readonly dy: number }
  | ({ readonly kind: "key" } & KeyStroke)
  | { readonly kind: "text"; readonly text: string };

/** An injector without a display: everything that reaches it, and when (performance.now). */
export class RecordingInjector implements InputInjector {
  readonly name = "none";
  readonly injected: (Injected & { readonly atMs: number })[] = [];

  pointer(to: Point): void {
    this.note({ kind: "pointer", to });
  }

  button(button: Button, down: boolean): void {
    this.note({ kind: "button", button, down });
  }

  wheel(dx: number, dy: number): void {
    this.note({ kind: "wheel", dx, dy });
  }

  key(stroke: KeyStroke): void {
    this.note({ kind: "key", ...stroke });
  }

  text(text: string): void {
    this.note({ kind: "text", text });
  }

  async settled(): Promise<void> {}

  async close(): Promise<void> {}

  /** What is down now, as it was pressed. */
  get held(): string[] {
    const down = new Set<string>();
    for (const one of this.injected) {
      if (one.kind !== "key" && one.kind !== "button") continue;
      const name = one.kind === "key" ? one.code : `button ${one.button}`;
      if (one.down) down.add(name);
      else down.delete(name);
    }
    return [...down];
  }

  private note(one: Injected): void {
    this.injected.push({ ...one, atMs: performance.now() });
  }
}
