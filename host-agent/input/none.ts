import type { InputDriver } from "./driver.ts";

/** Takes everything and does nothing: for `--input none`, and where no input can be injected. */
export const noneDriver: InputDriver = {
  name: "none",
  probe: async () => ({ available: true, note: "input is swallowed" }),
  open: async () => ({
    name: "none",
    pointer: () => {},
    button: () => {},
    wheel: () => {},
    key: () => {},
    text: () => {},
    settled: async () => {},
    close: async () => {},
  }),
};
