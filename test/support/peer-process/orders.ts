import { z } from "zod";

const serverSchema = z.object({
  urls: z.union([z.string(), z.array(z.string())]),
  username: z.string().exactOptional(),
  credential: z.string().exactOptional(),
});

/** What an end of a connection in a process of its own is told, a JSON line each. */
export const orderSchema = z.discriminatedUnion("do", [
  /** The host: asks the servers, then answers the offer with what it found. `addresses` undefined: all of its machine. */
  z.object({
    do: z.literal("answer"),
    path: z.enum(["direct", "turn"]),
    servers: z.array(serverSchema),
    addresses: z.array(z.string()).exactOptional(),
    offer: z.string(),
  }),
  /** The browser, played by werift: offers. With servers it may use nothing but TURN. */
  z.object({ do: z.literal("offer"), servers: z.array(serverSchema) }),
  z.object({ do: z.literal("take"), answer: z.string() }),
  z.object({ do: z.literal("candidate"), candidate: z.string() }),
  z.object({ do: z.literal("send"), text: z.string() }),
  /** Is it alive, and how many datagrams has it sent, or tried to? */
  z.object({ do: z.literal("ping"), number: z.number() }),
]);
export type Order = z.infer<typeof orderSchema>;

/** What it says, a JSON line each. */
export const newsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready") }),
  /** Sentences about each server asked. */
  z.object({ news: z.literal("probed"), sentences: z.array(z.string()) }),
  z.object({ news: z.literal("sdp"), sdp: z.string() }),
  z.object({ news: z.literal("candidate"), candidate: z.string() }),
  z.object({ news: z.literal("opened"), path: z.string() }),
  z.object({ news: z.literal("heard"), text: z.string() }),
  z.object({ news: z.literal("closed"), why: z.string() }),
  z.object({ news: z.literal("pong"), number: z.number(), datagrams: z.number() }),
]);
export type News = z.infer<typeof newsSchema>;
