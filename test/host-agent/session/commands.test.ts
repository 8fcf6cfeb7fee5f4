import { beforeEach, describe, expect, it } from "vitest";
import { type Commanded, obey } from "../../../host-agent/session/commands.ts";
import type { Role } from "../../../protocol/control.ts";

class FakeSeat {
  readonly id: string;
  readonly label = "Firefox on Linux";
  readonly from = "192.0.2.7";
  readonly role: Role = "view";
  readonly isPresent = true;
  readonly told: string[];
  onMjpegAnswer = () => {};

  constructor(id: string, told: string[]) {
    this.id = id;
    this.told = told;
  }

  setRole(): void {}
  setInputAllowed(): void {}

  answerMjpeg(allowed: boolean): boolean {
    this.told.push(`unsealed ${allowed}`);
    this.onMjpegAnswer();
    return true;
  }

  end(reason: string): void {
    this.told.push(`end ${reason}`);
  }
}

describe("a command", () => {
  let told: string[];
  let seats: Map<string, FakeSeat>;
  /** About whom the door, or whoever watches how long sessions last, has asked. */
  let atTheDoor: string | undefined;
  let askedToContinue: string | undefined;
  let host: Commanded<FakeSeat>;
  beforeEach(() => {
    told = [];
    seats = new Map();
    atTheDoor = undefined;
    askedToContinue = undefined;
    host = {
      ui: {
        notice: (level, text) => told.push(`${level}: ${text}`),
        withdraw: (viewer) => told.push(`withdrawn ${viewer}`),
      },
      seats,
      door: {
        answer: (viewer, answer) => {
          if (viewer !== atTheDoor) return false;
          told.push(`door ${JSON.stringify(answer)}`);
          return true;
        },
      },
      attendance: {
        answer: ({ id }, goOn) => {
          if (id !== askedToContinue) return false;
          told.push(`go on ${goOn}`);
          return true;
        },
      },
      roles: { set: ({ id }, role) => told.push(`role ${id} ${role}`) },
      board: { invite: () => told.push("invite") },
      setPaused: (paused) => told.push(`paused ${paused}`),
      stop: () => told.push("stop"),
    };
  });

  const sits = (id: string) => {
    const seat = new FakeSeat(id, told);
    seats.set(id, seat);
    return seat;
  };

  it("to everybody reaches the part of the host that it is for", () => {
    for (const command of ["pause", "resume", "invite", "stop"] as const) obey(host, { command });
    expect(told).toEqual(["paused true", "paused false", "invite", "stop"]);
  });

  it("about a viewer reaches its seat, or says that there is none", () => {
    sits("v1");
    for (const command of ["grant", "revoke", "kick"] as const) obey(host, { command, viewer: "v1" });
    obey(host, { command: "kick", viewer: "v2" });
    expect(told).toEqual(["role v1 control", "role v1 view", "end kicked", "warning: There is no viewer v2."]);
  });

  it("that answers goes to the door first: whoever stands there has no seat yet, or wants it back", () => {
    sits("v1");
    atTheDoor = "v1";
    obey(host, { command: "approve", viewer: "v1", role: "control" });
    obey(host, { command: "deny", viewer: "v1" });
    expect(told).toEqual(['door {"role":"control","mjpeg":false}', 'door "deny"']);
  });

  it("that answers whether a session may go on changes nothing else", () => {
    sits("v1");
    askedToContinue = "v1";
    obey(host, { command: "approve", viewer: "v1", role: "view" });
    obey(host, { command: "deny", viewer: "v1" });
    expect(told).toEqual(["withdrawn v1", "go on true", "withdrawn v1", "go on false"]);
  });

  it("that says yes to somebody inside also names the role; a no leaves it", () => {
    sits("v1");
    obey(host, { command: "approve", viewer: "v1", role: "control", mjpeg: true });
    obey(host, { command: "deny", viewer: "v1" });
    expect(told).toEqual(["withdrawn v1", "unsealed true", "role v1 control", "withdrawn v1", "unsealed false"]);
  });

  it("that says too little of a yes gives no role to a seat that is gone by it", () => {
    sits("v1").onMjpegAnswer = () => seats.delete("v1");
    obey(host, { command: "approve", viewer: "v1", role: "control" });
    expect(told).toEqual(["withdrawn v1", "unsealed false"]);
  });
});
