/** Cuts a stream of text into lines, keeping at most `maxLength` characters of one that has not ended yet. */
export class LineSplitter {
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  /** The line so far; undefined: it is too long, and the rest of it is skipped. */
  #begun: string | undefined = "";

  constructor(maxLength: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#maxLength = maxLength;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(text: string): void {
    const [first = "", ...rest] = text.split("\n");
    this.#append(first);
    for (const piece of rest) {
      this.#endLine();
      this.#append(piece);
    }
  }

  #append(piece: string): void {
    if (this.#begun === undefined) return;
    this.#begun += piece;
    if (this.#begun.length <= this.#maxLength) return;
    this.#begun = undefined;
    this.#onTooLong();
  }

  #endLine(): void {
    const line = this.#begun?.trim();
    if (line) this.#onLine(line);
    this.#begun = "";
  }
}
