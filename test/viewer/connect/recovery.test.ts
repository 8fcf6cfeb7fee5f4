import { expect, it, onTestFinished, vi } from "vitest";
import { Recovery } from "../../../viewer/connect/recovery.ts";
import { connect, openRoom, startTestServer } from "../../signaling/running.ts";
import { linkSetting } from "../../support/link-setting.ts";
import { answerTheDoor, RESUME_SECRET } from "./host-at-the-door.ts";

it("finds a host that comes back to its room within seconds, though the room looked unknown meanwhile", async () => {
  const server = await startTestServer();
  const { client, room, ownerToken } = await openRoom(server);
  client.disconnect();
  const told: string[] = [];
  const setting = linkSetting(server.url);
  const { report } = setting;
  const recovery = new Recovery(
    {
      setting,
      room,
      secret: () => RESUME_SECRET,
      random: () => 0.5,
      nowMs: () => performance.now(),
    },
    {
      admitted: () => told.push("admitted"),
      hostPresent: () => {},
      opened: () => {},
      failed: (reason) => told.push(reason),
    },
  );
  onTestFinished(() => recovery.close());
  recovery.start();
  await vi.waitFor(() => expect(report.snapshot.steps.code).toMatchObject({ reason: "no-such-room" }), 5_000);

  const back = await connect(server);
  answerTheDoor(
    { client: back, room, ownerToken },
    ({ kind }, { meeting }) => {
      if (kind === "introduce")
        meeting.send({ kind: "admitted", role: "control", path: "auto", resumeSecret: RESUME_SECRET });
    },
    RESUME_SECRET,
  );
  expect(await back.timeout(5_000).emitWithAck("room.open", { room, ownerToken })).toMatchObject({ ok: true });
  // Two tries more at the most; the slow pace of a host that stays away would be fourteen seconds.
  await vi.waitFor(() => expect(told).toEqual(["admitted"]), 5_000);
});
