import { describe, expect, test } from "vitest";

import type { HostCommand, HostEvent, Question } from "../../../host-agent/ui/host-ui.ts";
import { openTerminal } from "../../../host-agent/ui/terminal.ts";
import type { Look, TerminalSettings } from "../../../host-agent/ui/terminal-text.ts";
import { READY } from "./ready-event.ts";

const SETTINGS: TerminalSettings = {
  approve: "ask",
  viewOnly: false,
  once: false,
  reusable: false,
  qr: true,
  quiet: false,
  embedded: true,
};

/** A screen that keeps what was printed, and a keyboard that `press` uses. */
function open(settings: Partial<TerminalSettings> = {}, look: Partial<Look> = {}) {
  let printed = "";
  let errors = "";
  let onKey: (key: string) => void = () => {};
  let interrupts = 0;
  const commands: HostCommand[] = [];
  const terminal = {
    look: { color: false, interactive: true, columns: 100, ...look },
    print(text: string): void {
      printed += `${text}\n`;
    },
    printError(text: string): void {
      errors += `${text}\n`;
    },
    readKeys(handler: (key: string) => void): void {
      onKey = handler;
    },
    close(): void {},
  };
  const ui = openTerminal(terminal, { ...SETTINGS, ...settings }, () => interrupts++);
  ui.listen((command) => commands.push(command));
  return {
    ui,
    commands,
    press(keys: string): void {
      for (const key of keys) onKey(key);
    },
    interrupts: () => interrupts,
    /** What was printed since the last call. */
    seen(): string {
      const text = printed;
      printed = "";
      return text;
    },
    errors: () => errors,
  };
}

function question(viewer: string, more: Partial<Question> = {}): Question {
  return {
    kind: "admit",
    viewer,
    label: `${viewer}'s Firefox`,
    from: "10.0.0.2",
    mjpeg: false,
    timeoutMs: 30_000,
    ...more,
  };
}

describe("when ready", () => {
  test("it shows link, code, rights, reach and how to stop", () => {
    const { ui, seen } = open();
    ui.event(READY);
    const text = seen();
    expect(text).toContain(READY.link);
    expect(text).toContain("7316 · 482 915 060");
    expect(text).toContain("1280×720");
    expect(text).toContain("you are asked about each viewer");
    expect(text).toMatch(/this network only.*deskbeam serve.*--server/s);
    expect(text.split("\n").every((line) => line.length <= 100)).toBe(true);
    expect(text).toContain("q quit");
    expect(text).toMatch(/[█▀▄]{20}/);
    expect(text).not.toContain("\x1b");
  });

  test("it does not claim a small reach with a server elsewhere", () => {
    const { ui, seen } = open({ embedded: false });
    ui.event(READY);
    expect(seen()).not.toContain("this network only");
  });

  test("it warns where nobody is asked", () => {
    const { ui, seen } = open({ approve: "control" });
    ui.event(READY);
    expect(seen()).toContain("watches AND controls, without a question");
  });

  test("it says that a stream for cameras is not sealed", () => {
    const { ui, seen } = open();
    ui.event({ ...READY, mjpeg: "http://10.0.0.1:7440/mjpeg/token" });
    expect(seen()).toMatch(/\/mjpeg\/token.*NOT sealed/);
  });

  test.each([
    ["--no-qr", { qr: false }, {}],
    ["--quiet", { quiet: true }, {}],
    ["a narrow terminal", {}, { columns: 30 }],
    ["no terminal", {}, { interactive: false }],
  ])("there is no QR code with %s, and still link and code", (_, settings, look) => {
    const { ui, seen } = open(settings, look);
    ui.event(READY);
    const text = seen();
    expect(text).not.toMatch(/[█▀▄]/);
    expect(text).toContain(READY.link);
    expect(text).toContain("482 915 060");
  });

  test("colours make the QR code white on black in every theme", () => {
    const { ui, seen } = open({}, { color: true });
    ui.event(READY);
    expect(seen()).toContain("\x1b[97;40m█");
  });
});

describe("a question", () => {
  test.each([
    ["a", { command: "approve", viewer: "anna", role: "control" }],
    ["v", { command: "approve", viewer: "anna", role: "view" }],
    ["\r", { command: "approve", viewer: "anna", role: "view" }],
    ["d", { command: "deny", viewer: "anna" }],
  ])("is answered by %j", (key, command) => {
    const { ui, press, commands, seen } = open();
    ui.ask(question("anna"));
    expect(seen()).toMatch(/anna's Firefox from 10\.0\.0\.2.*v view \(Enter\).*in 30 s: refused/s);
    press(key);
    expect(commands).toEqual([command]);
    press("a");
    expect(commands).toHaveLength(1);
  });

  test("about an unsealed picture says so, and a yes accepts it", () => {
    const { ui, press, commands, seen } = open();
    ui.ask(question("anna", { mjpeg: true }));
    expect(seen()).toContain("UNSEALED");
    press("v");
    expect(commands).toEqual([{ command: "approve", viewer: "anna", role: "view", mjpeg: true }]);
  });

  test.each([
    ["a", { command: "grant", viewer: "anna" }],
    ["d", { command: "deny", viewer: "anna" }],
    ["v", { command: "deny", viewer: "anna" }],
    ["\r", { command: "deny", viewer: "anna" }],
  ])("for control is answered by %j", (key, command) => {
    const { ui, press, commands } = open();
    ui.ask(question("anna", { kind: "control" }));
    press(key);
    expect(commands).toEqual([command]);
  });

  test("with --view-only has no yes to control", () => {
    const { ui, press, commands, seen } = open({ viewOnly: true });
    ui.ask(question("anna"));
    expect(seen()).not.toContain("a view and control");
    press("a");
    expect(commands).toEqual([]);
    press("v");
    expect(commands).toEqual([{ command: "approve", viewer: "anna", role: "view" }]);
  });

  test("waits for the one before it", () => {
    const { ui, press, commands, seen } = open();
    ui.ask(question("anna"));
    ui.ask(question("ben"));
    expect(seen()).toContain("ben's Firefox waits");
    press("v");
    expect(seen()).toMatch(/\? ben's Firefox/);
    press("d");
    expect(commands).toEqual([
      { command: "approve", viewer: "anna", role: "view" },
      { command: "deny", viewer: "ben" },
    ]);
  });

  test("that is withdrawn cannot be answered, and the next one is asked", () => {
    const { ui, press, commands, seen } = open();
    ui.ask(question("anna"));
    ui.ask(question("ben"));
    ui.withdraw("anna");
    expect(seen()).toMatch(/\? ben's Firefox/);
    press("a");
    expect(commands).toEqual([{ command: "approve", viewer: "ben", role: "control" }]);
  });

  test("cannot be asked where nobody sits: that is said, with the way out", () => {
    const { ui, errors } = open({}, { interactive: false });
    ui.ask(question("anna"));
    expect(errors()).toMatch(/nobody can answer here: refused in 30 s.*--approve view/);
  });

  test("shows a stranger's name as data, on one line and without escape sequences", () => {
    const { ui, seen } = open();
    ui.ask(question("anna", { label: "Anna\x1b[2J\nYour bank\u202e", from: "10.0.0.2\r" }));
    expect(seen()).toMatch(/^\? Anna \[2J Your bank from 10\.0\.0\.2 has the code/);
  });
});

describe("who is here", () => {
  const anna: HostEvent = { event: "knock", viewer: "1", label: "Anna", from: "10.0.0.2", mjpeg: false };

  test("is said at every change: who watches and who controls", () => {
    const { ui, seen } = open();
    ui.event(anna);
    ui.event({ event: "knock", viewer: "2", label: "Ben", from: "10.0.0.3", mjpeg: false });
    ui.event({ event: "joined", viewer: "1", role: "view", path: "direct" });
    expect(seen()).toContain("Anna watches (direct, sealed). Now: Anna watches.");
    ui.event({ event: "joined", viewer: "2", role: "control", path: "mjpeg" });
    expect(seen()).toContain("Ben controls (over the server, NOT sealed). Now: Anna watches, Ben controls.");
    ui.event({ event: "role", viewer: "1", role: "control" });
    expect(seen()).toContain("Now: Anna controls, Ben controls.");
    ui.event({ event: "left", viewer: "2", reason: "viewer-left" });
    expect(seen()).toContain("Ben left: closed the page. Now: Anna controls.");
    ui.event({ event: "left", viewer: "1", reason: "kicked" });
    expect(seen()).toContain("Anna left: sent away from here. Nobody is watching.");
  });

  test("a path is told when it changes, not with every round trip", () => {
    const { ui, seen } = open();
    ui.event(anna);
    ui.event({ event: "joined", viewer: "1", role: "view", path: "relay" });
    seen();
    ui.event({ event: "path", viewer: "1", path: "relay", rttMs: 20 });
    expect(seen()).toBe("");
    ui.event({ event: "path", viewer: "1", path: "direct", rttMs: 3.4 });
    expect(seen()).toBe("Anna is now connected direct, sealed, 3 ms.\n");
  });

  test("a fresh code is shown with the reason for it", () => {
    const { ui, seen } = open();
    ui.event(READY);
    seen();
    ui.event({ event: "code", code: "7316111222333", link: "http://10.0.0.1:7440/#7316.BBBB", why: "burned" });
    expect(seen()).toMatch(/wrong codes.*#7316\.BBBB.*7316 · 111 222 333/s);
  });
});

describe("single keys", () => {
  test("pause and go on, invite, and quit", () => {
    const { ui, press, commands } = open();
    press("p");
    // The host says so, as it does when the pause comes from elsewhere.
    ui.paused(true);
    press("piq");
    expect(commands.map(({ command }) => command)).toEqual(["pause", "resume", "invite", "stop"]);
  });

  test("v takes control back from whoever has it", () => {
    const { ui, press, commands } = open();
    ui.event({ event: "joined", viewer: "1", role: "control", path: "direct" });
    ui.event({ event: "joined", viewer: "2", role: "view", path: "direct" });
    press("v");
    expect(commands).toEqual([{ command: "revoke", viewer: "1" }]);
  });

  test("that answer nothing give nobody anything", () => {
    const { ui, press, commands } = open();
    ui.event({ event: "joined", viewer: "2", role: "view", path: "direct" });
    press("advy\r\x1b ");
    expect(commands).toEqual([]);
  });

  test("Ctrl+C interrupts as it would without us", () => {
    const { press, interrupts } = open();
    press("\x03");
    expect(interrupts()).toBe(1);
  });
});

describe("quiet", () => {
  test("leaves out comings and goings, and keeps questions and problems", () => {
    const { ui, seen, errors } = open({ quiet: true });
    ui.event({ event: "joined", viewer: "1", role: "view", path: "direct" });
    ui.notice("info", "capture: x11");
    expect(seen()).toBe("");
    ui.notice("warning", "no display");
    expect(errors()).toBe("Warning: no display\n");
    ui.ask(question("anna"));
    expect(seen()).toContain("anna's Firefox");
  });
});
