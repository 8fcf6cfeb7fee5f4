import { expect, it } from "vitest";
import { openWeriftSim, useVirtualTime } from "../../../support/werift-sim.ts";

it("what waited for a lost message comes with it, also where another channel's packets lie in between", async () => {
  useVirtualTime();
  const { host, viewer, link, runFor } = await openWeriftSim("tuned", { delayMs: 20 });
  const heard: string[] = [];
  for (const channel of [host.channel, host.beside]) channel.onMessage.subscribe((data) => heard.push(data.toString()));
  const say = async (channel: "channel" | "beside", word: string) => {
    viewer[channel].send(Buffer.from(word));
    await runFor(5);
  };
  link.settings.isDown = true;
  await say("channel", "first");
  link.settings.isDown = false;
  for (const word of ["second", "third", "fourth"]) {
    await say("beside", `${word}, beside`);
    await say("channel", word);
  }
  await runFor(5_000);
  expect(heard.filter((word) => word.endsWith("beside"))).toHaveLength(3);
  expect(heard.slice(-4)).toEqual(["first", "second", "third", "fourth"]);
});
