/** A product that is measured, as its makers ship it. */
export type Subject = {
  readonly name: string;
  /** How many watch beside the browser; only ours knows how to. */
  readonly furtherViewers: number;
  start(display: string, address: string): Promise<RunningSubject>;
};

export type RunningSubject = {
  /** What the browser opens. */
  readonly url: string;
  /** The processes of the host's side; what they start counts too. */
  readonly processIds: readonly number[];
  stop(): Promise<void>;
};
