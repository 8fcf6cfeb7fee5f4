import { z } from "zod";

/** What socket.io keeps of the WebSocket's own error, such as `connect ECONNREFUSED 192.0.2.1:443`. */
const withCause = z.object({ description: z.object({ message: z.string().min(1) }) });

/** Why a connection could not be made, in the most telling words there are: the library's own are `websocket error`. */
export function connectReason(error: Error): string {
  return withCause.safeParse(error).data?.description.message ?? error.message;
}
