import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";

import type { HostCommand } from "../../../host-agent/ui/host-ui.ts";
import { openJsonLines } from "../../../host-agent/ui/json-lines.ts";
import { READY } from "./ready-event.ts";

function open({ embedded = true, quiet = false } = {}) {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const ui = openJsonLines({ input, output, errors, embedded, quiet });
  const commands: HostCommand[] = [];
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return { ui, input, output, errors, commands, text, listen: () => ui.listen((command) => commands.push(command)) };
}

describe("events", () => {
  test("are one compact object per line, exactly as they are", () => {
    const { ui, output, text } = open();
    ui.event(READY);
    ui.event({ event: "ended", reason: "host-stopped" });
    const lines = text(output).split("\n");
    expect(lines).toEqual([JSON.stringify(READY), '{"event":"ended","reason":"host-stopped"}', ""]);
  });

  test("are all there is on standard output; sentences go to standard error", () => {
    const { ui, output, errors, text } = open();
    ui.notice("warning", "no display, so this is the test card");
    ui.ask({ kind: "admit", viewer: "v", label: "Anna", from: "10.0.0.2", mjpeg: false, timeoutMs: 30_000 });
    ui.withdraw("v");
    expect(text(output)).toBe("");
    expect(text(errors)).toBe("deskbeam: no display, so this is the test card\n");
  });

  test("ready says in words how far the link reaches", () => {
    const own = open({ embedded: true });
    own.ui.event(READY);
    expect(own.text(own.errors)).toMatch(/this network only.*deskbeam serve/);
    const remote = open({ embedded: false });
    remote.ui.event(READY);
    expect(remote.text(remote.errors)).not.toContain("this network only");
  });

  test("quiet leaves out what is no problem", () => {
    const { ui, errors, text } = open({ quiet: true });
    ui.event(READY);
    ui.notice("info", "capture: x11");
    ui.notice("error", "the display is gone");
    expect(text(errors)).toBe("deskbeam: the display is gone\n");
  });
});

describe("commands", () => {
  test("of every kind are understood", () => {
    const { input, errors, commands, text, listen } = open();
    listen();
    const all: HostCommand[] = [
      { command: "approve", viewer: "a", role: "control" },
      { command: "approve", viewer: "a", role: "view", mjpeg: true },
      { command: "deny", viewer: "a" },
      { command: "grant", viewer: "a" },
      { command: "revoke", viewer: "a" },
      { command: "kick", viewer: "a" },
      { command: "pause" },
      { command: "resume" },
      { command: "invite" },
      { command: "stop" },
    ];
    input.write(all.map((command) => `${JSON.stringify(command)}\n`).join(""));
    expect(commands).toEqual(all);
    expect(text(errors)).toBe("");
  });

  test("may arrive in pieces, in bulk, with empty lines, and before anybody listens", () => {
    const { input, commands, listen } = open();
    input.write('{"command":"pau');
    input.write('se"}\r\n\n{"command":"resume"}\n{"comm');
    expect(commands).toEqual([]);
    listen();
    input.write('and":"stop"}\n');
    expect(commands.map(({ command }) => command)).toEqual(["pause", "resume", "stop"]);
  });

  test.each([
    "hello",
    "[]",
    "null",
    "{}",
    '{"command":"dance"}',
    '{"command":"kick"}',
    '{"command":"kick","viewer":7}',
    '{"command":"kick","viewer":""}',
    '{"command":"approve","viewer":"a"}',
    '{"command":"approve","viewer":"a","role":"owner"}',
    '{"command":"approve","viewer":"a","role":"view","mjpeg":"yes"}',
  ])("such as %s is answered on standard error and nothing else happens", (line) => {
    const { input, output, errors, commands, text, listen } = open();
    listen();
    input.write(`${line}\n{"command":"pause"}\n`);
    expect(text(errors)).toContain(`not a command`);
    expect(text(output)).toBe("");
    expect(commands).toEqual([{ command: "pause" }]);
  });

  test("without an end are not kept, and the next line counts again", () => {
    const { input, errors, commands, text, listen } = open();
    listen();
    for (let piece = 0; piece < 100; piece++) input.write("x".repeat(1000));
    expect(text(errors).split("\n")).toHaveLength(2);
    input.write('\n{"command":"pause"}\n');
    expect(commands).toEqual([{ command: "pause" }]);
  });

  test("end of input is none", async () => {
    const { ui, input, output, commands, text, listen } = open();
    listen();
    input.end();
    await new Promise((resolve) => input.once("end", resolve));
    ui.event({ event: "ended", reason: "host-stopped" });
    expect(commands).toEqual([]);
    expect(text(output)).toContain("ended");
  });

  test("come no more after close", () => {
    const { ui, input, commands, listen } = open();
    listen();
    ui.close();
    ui.close();
    input.emit("data", '{"command":"stop"}\n');
    expect(commands).toEqual([]);
  });
});
