import type { Role } from "../../protocol/control.ts";
import type { HostCommand, HostUi } from "../ui/host-ui.ts";
import type { Attendance, Attendee } from "./attendance.ts";
import type { Door } from "./door.ts";
import type { InviteBoard } from "./invite-board.ts";
import type { RoleSeat, Roles } from "./roles.ts";
import type { Seat } from "./seat.ts";

type CommandedSeat = Attendee & RoleSeat & Pick<Seat, "answerMjpeg">;

/** What of the host a command can reach. */
export type Commanded<Who extends CommandedSeat = Seat> = {
  readonly ui: Pick<HostUi, "notice" | "withdraw">;
  readonly seats: ReadonlyMap<string, Who>;
  readonly door: Pick<Door, "answer">;
  readonly attendance: Pick<Attendance<Who>, "answer">;
  readonly roles: Pick<Roles, "set">;
  readonly board: Pick<InviteBoard, "invite">;
  readonly setPaused: (paused: boolean) => void;
  readonly stop: () => void;
};

/** Does what the person at the host, or the program that started it, wants. */
export function obey<Who extends CommandedSeat>(host: Commanded<Who>, command: HostCommand): void {
  switch (command.command) {
    case "stop":
      return host.stop();
    case "invite":
      return host.board.invite();
    case "pause":
    case "resume":
      return host.setPaused(command.command === "pause");
    case "approve":
      return answer(host, command.viewer, { role: command.role, mjpeg: command.mjpeg ?? false });
    case "deny":
      return answer(host, command.viewer, "deny");
    case "grant":
    case "revoke":
      return withSeat(host, command.viewer, (seat) =>
        host.roles.set(seat, command.command === "grant" ? "control" : "view"),
      );
    case "kick":
      return withSeat(host, command.viewer, (seat) => seat.end("kicked"));
  }
}

/** Of whatever stands about this viewer: may it come in, may its session go on, may its picture go out unsealed. */
function answer<Who extends CommandedSeat>(
  host: Commanded<Who>,
  viewer: string,
  given: { role: Role; mjpeg: boolean } | "deny",
): void {
  if (host.door.answer(viewer, given)) return;
  withSeat(host, viewer, (seat) => {
    host.ui.withdraw(viewer);
    if (host.attendance.answer(seat, given !== "deny")) return;
    seat.answerMjpeg(given !== "deny" && given.mjpeg);
    // Whatever was asked, a yes names the role. It may also have been too little, and then the seat is gone.
    if (given !== "deny" && host.seats.has(viewer)) host.roles.set(seat, given.role);
  });
}

function withSeat<Who extends CommandedSeat>(host: Commanded<Who>, viewer: string, act: (seat: Who) => void): void {
  const seat = host.seats.get(viewer);
  if (seat === undefined) host.ui.notice("warning", `There is no viewer ${viewer}.`);
  else act(seat);
}
