import type { Path, Pipe, PipeHandlers, PipeState } from "../../protocol/pipe.ts";

/** One end of a pipe whose other end is the test: it sees what is sent, and delivers whatever it likes. */
export class HandCarriedPipe implements Pipe {
  readonly path: Path;
  unsentBytes = 0;
  readonly sent: Uint8Array[] = [];
  picturesComeLate?: boolean;
  state: PipeState = "opening";
  private handlers: PipeHandlers | undefined;

  constructor(path: Path) {
    this.path = path;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
  }

  open(): void {
    this.state = "open";
    this.handlers?.opened();
  }

  deliver(bytes: Uint8Array): void {
    if (this.state === "open") this.handlers?.message(bytes);
  }

  send(message: Uint8Array): void {
    if (this.state === "open") this.sent.push(message);
  }

  close(why = "closed here"): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.handlers?.closed(why);
  }
}
