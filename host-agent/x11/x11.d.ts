/** The package has no types of its own. What we use of it is described in client.ts, which tests can import too. */
declare module "x11/lib/index.js" {
  type Client = import("./client.ts").X11Client;
  type ClientOptions = import("./client.ts").X11ClientOptions;
  type Display = import("./client.ts").X11Display;

  /** The callback comes once: after setup, or with the reason it failed. Throws for a name it cannot parse. */
  const x11: {
    createClient(options: ClientOptions, ready: (error: Error | undefined, display: Display) => void): Client;
  };
  export default x11;
}

declare module "x11/lib/keysyms.js" {
  /** keysymdef.h: by name, with the character in parentheses at the start of the description where there is one. */
  const keysyms: Readonly<Record<string, { readonly code: number; readonly description: string | null }>>;
  export default keysyms;
}
