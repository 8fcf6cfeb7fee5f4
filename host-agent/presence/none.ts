import type { PresenceDriver } from "./driver.ts";

/** Shows nothing: where there is no desktop to show it on. Then only the terminal says who watches. */
export const noPresence: PresenceDriver = {
  name: "none",
  probe: async () => ({ available: true, note: "nothing on the desktop says who watches" }),
  open: async () => ({ name: "none", show: () => {}, close: async () => {} }),
};
