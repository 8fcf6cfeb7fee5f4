import type { Actions } from "./actions.ts";
import type { Model } from "./model.ts";

/** What every component is given. The signal ends its listeners, timers and subscriptions. */
export type Page = { readonly model: Model; readonly actions: Actions; readonly signal: AbortSignal };
