/**
 * Hands answers on in the order in which they were asked for. While every answer is there at once it is handed on at
 * once, without a promise; the first that is not makes those behind it wait their turn.
 */
export class AnswersInOrder {
  private count = 0;
  private last: Promise<void> = Promise.resolve();

  /** Answers not yet handed on. */
  get waiting(): number {
    return this.count;
  }

  /** Exactly one of `take` and `failed` is called, once all answers before this one were handed on. */
  add<T>(answer: T | Promise<T>, take: (value: T) => void, failed: (error: unknown) => void): void {
    if (this.count === 0 && !(answer instanceof Promise)) return take(answer);
    this.count += 1;
    // A refusal becomes a value here: it has to wait for its turn without being an unhandled rejection meanwhile.
    const settled = Promise.resolve(answer).then(
      (value) => () => take(value),
      (error: unknown) => () => failed(error),
    );
    this.last = this.last
      .then(() => settled)
      .then((handOn) => {
        this.count -= 1;
        handOn();
      });
  }
}
