/** @returns true: the error is dealt with. */
export type Reply<T> = (error: X11RequestError | null | undefined, value: T) => boolean;

/** What the server answered to one bad request. `error` is the protocol's error number: 3 BadWindow, 8 BadMatch, ... */
export type X11RequestError = Error & { readonly error?: number; readonly majorOpcode?: number };
