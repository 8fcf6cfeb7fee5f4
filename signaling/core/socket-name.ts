/**
 * What sockets are called in rooms. Where several servers share rooms it is `SERVER.ID`: the server that a socket is at, which
 * is made anew with each start, and the socket's id there. Neither holds a dot.
 */
export function socketName(server: string | undefined, id: string): string {
  return server === undefined ? id : `${server}.${id}`;
}

/** The server a socket is at; undefined: there is only one. */
export function serverOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot < 0 ? undefined : name.slice(0, dot);
}
