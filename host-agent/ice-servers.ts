import { z } from "zod";
import { iceProblem } from "../protocol/ice-server.ts";
import type { IceServer } from "../protocol/signaling.ts";

export const ICE_SERVERS_FORM = 'must be a JSON array such as [{"urls":"stun:stun.example.org:3478"}]';

const iceServer = z.object({
  urls: z.union([z.string(), z.array(z.string())]),
  username: z.string().optional(),
  credential: z.string().optional(),
});

/** As the server says it; what a newer one adds is passed over. */
export const iceServersSaid = withinLimits(iceServer);

/** As a person writes it: a field that does not exist is a slip of the pen. */
export const iceServersGiven = withinLimits(iceServer.strict());

/** An array as in RTCConfiguration. What is wrong with a list of that form is a `custom` issue, completing "--flag …". */
function withinLimits(entry: typeof iceServer) {
  return z.array(entry).transform((list, context): readonly IceServer[] => {
    const servers = list.map(({ urls, username, credential }) => ({
      urls,
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    }));
    const problem = iceProblem(servers);
    if (problem !== undefined) context.addIssue({ code: "custom", message: `the servers must ${problem}` });
    return servers;
  });
}
