import { createSocket } from "node:dgram";

/**
 * The address another machine on this network reaches us by: the one the default route would send from.
 * Nothing is sent: connecting a UDP socket only asks the kernel for its choice (192.0.2.1 is TEST-NET-1, RFC 5737).
 * Without a route it is 127.0.0.1.
 */
async function defaultRouteAddress(): Promise<string> {
  const socket = createSocket("udp4");
  try {
    return await new Promise<string>((resolve) => {
      socket.once("error", () => resolve("127.0.0.1"));
      socket.once("connect", () => resolve(socket.address().address));
      socket.connect(9, "192.0.2.1");
    });
  } finally {
    socket.close();
  }
}

/** Origin of the embedded server as a viewer reaches it. */
export async function embeddedOrigin(bind: string | undefined, port: number): Promise<string> {
  const everywhere = bind === undefined || bind === "0.0.0.0" || bind === "::";
  const host = everywhere ? await defaultRouteAddress() : bind;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Origin of the embedded server as this process reaches it. */
export function loopbackOrigin(bind: string | undefined, port: number): string {
  const everywhere = bind === undefined || bind === "0.0.0.0";
  const host = everywhere ? "127.0.0.1" : bind === "::" ? "::1" : bind;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
