type Constant = { readonly value: number };

/** What film.ts exports, as WebAssembly hands it over. */
declare const film: {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly MAX_PX: Constant;
  readonly PIXELS: Constant;
  readonly HALVED: Constant;
  readonly LOSSES: Constant;
  halve(width: number, height: number): void;
  measureLosses(width: number, height: number): void;
};
export default film;
