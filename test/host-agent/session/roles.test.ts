import { beforeEach, describe, expect, it } from "vitest";
import { type RoleSeat, Roles } from "../../../host-agent/session/roles.ts";
import type { Role } from "../../../protocol/control.ts";

class FakeSeat implements RoleSeat {
  readonly id: string;
  readonly label = "Firefox on Linux";
  readonly from = "192.0.2.7";
  role: Role;
  isPresent = true;

  constructor(id: string, role: Role) {
    this.id = id;
    this.role = role;
  }

  setRole(role: Role): void {
    this.role = role;
  }
}

describe("roles", () => {
  const told: string[] = [];
  let seats: Map<string, FakeSeat>;
  let nowMs: number;
  beforeEach(() => {
    told.length = 0;
    seats = new Map();
    nowMs = 0;
  });

  const rolesOf = (viewOnly: boolean) =>
    new Roles({
      seats,
      viewOnly,
      ui: {
        event: (event) => told.push("viewer" in event ? `${event.event} ${event.viewer}` : event.event),
        notice: (level) => told.push(level),
        ask: ({ kind, viewer }) => told.push(`asked ${kind} ${viewer}`),
      },
      nowMs: () => nowMs,
      onChange: () => undefined,
    });
  const sits = (id: string, role: Role) => {
    const seat = new FakeSeat(id, role);
    seats.set(id, seat);
    return seat;
  };

  it("lets one viewer control at a time", () => {
    const roles = rolesOf(false);
    const [one, two] = [sits("v1", "control"), sits("v2", "view")];
    roles.set(two, "control");
    expect([one.role, two.role]).toEqual(["view", "control"]);
    expect(told).toEqual(["role v1", "role v2"]);
    const three = sits("v3", "control");
    roles.entered(three);
    expect(two.role).toBe("view");
  });

  it("does not count control that nobody is there to use", () => {
    const roles = rolesOf(false);
    sits("v1", "control").isPresent = false;
    expect(roles.controlTaken).toBe(false);
  });

  it("gives nobody control where sharing is view only", () => {
    const roles = rolesOf(true);
    const seat = sits("v1", "view");
    roles.set(seat, "control");
    roles.wanted(seat);
    expect([seat.role, ...told]).toEqual(["view", "warning"]);
  });

  it("asks once for a viewer that asks over and over", () => {
    const roles = rolesOf(false);
    const seat = sits("v1", "view");
    for (; nowMs < 1_000; nowMs += 10) roles.wanted(seat);
    expect(told).toEqual(["asks-control v1", "asked control v1"]);
    nowMs = 10_000;
    roles.wanted(seat);
    expect(told).toHaveLength(4);
  });
});
