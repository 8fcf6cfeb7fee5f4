import { randomBytes } from "node:crypto";
import type { CloseReason } from "../protocol/errors.ts";
import type { Size } from "../protocol/geometry.ts";
import { MJPEG_PREFIX } from "../protocol/signaling.ts";
import { type AdmissionPolicy, asksAgain, mayBeUnsealed } from "./core/admission.ts";
import { Invites } from "./core/invites.ts";
import { ResumeSecrets } from "./core/resume-secrets.ts";
import { RectEncoder } from "./encode/rect-encoder.ts";
import type { HostError } from "./errors.ts";
import type { HostParts } from "./host-parts.ts";
import { Desk } from "./pipeline/desk.ts";
import type { PresenceGap } from "./presence/open.ts";
import { Attendance } from "./session/attendance.ts";
import { obey } from "./session/commands.ts";
import { Door } from "./session/door.ts";
import { HostWords } from "./session/host-words.ts";
import { IceSupply } from "./session/ice-supply.ts";
import { InviteBoard } from "./session/invite-board.ts";
import { Roles } from "./session/roles.ts";
import { Room } from "./session/room.ts";
import { seatSupply } from "./session/seat-supply.ts";
import { Seats } from "./session/seats.ts";
import type { EndReason } from "./ui/host-ui.ts";

/** What the encoders decide by themselves, rectangle by rectangle. */
const AUTO_QUALITY = 0;

/** One shared desktop: the display, the room at the server, the door, and a seat for everybody let in. */
export class Host {
  private readonly parts: HostParts;
  private readonly policy: AdmissionPolicy;
  private readonly ice: IceSupply;
  private readonly desk: Desk;
  private readonly encoder: RectEncoder;
  private readonly room: Room;
  private readonly door: Door;
  private readonly words: HostWords;
  private readonly seats: Seats;
  private readonly attendance: Attendance;
  private readonly roles: Roles;
  private readonly resumes = new ResumeSecrets(randomBytes);
  private readonly board: InviteBoard;
  private readonly ended: Promise<EndReason>;
  private settleEnd: (reason: EndReason) => void = () => undefined;
  private paused = false;
  private over = false;

  constructor(parts: HostParts) {
    this.parts = parts;
    this.words = new HostWords(parts.ui, parts.serverUrl);
    const { options, capture, nowMs } = parts;
    this.policy = {
      approve: options.approve,
      viewOnly: options.viewOnly,
      mjpeg: options.mjpeg,
      onlyMjpeg: options.path === "mjpeg",
    };
    this.ended = new Promise((resolve) => {
      this.settleEnd = resolve;
    });
    this.attendance = new Attendance({
      attended: options.approve === "ask" && !options.json,
      nowMs,
      events: {
        asksToContinue: (seat, timeoutMs) => this.words.asksToContinue(seat, timeoutMs),
        idle: (seat) => this.roles.set(seat, "view"),
      },
    });
    this.ice = new IceSupply({
      ...parts.ice,
      own: options.iceServers,
      policy: options.icePolicy,
      nowMs,
      serverHost: new URL(parts.serverUrl).hostname,
      askServer: (viewer) => this.room.ice(viewer),
    });
    this.encoder = new RectEncoder(parts.jpeg);
    this.desk = new Desk({
      capture,
      maxFps: options.maxFps,
      nowMs,
      onSurfaceChange: (rects) => this.encoder.changed(rects, nowMs()),
      onResize: (size) => this.resized(size),
      onLost: (error) => this.fail(error),
      trace: parts.trace,
    });
    this.room = new Room({ desk: this.desk, jpeg: parts.jpeg, nowMs });
    this.seats = this.openSeats();
    this.roles = new Roles({
      seats: this.seats.byId,
      viewOnly: options.viewOnly,
      ui: parts.ui,
      nowMs,
      onChange: () => this.attendance.changed(this.paused),
    });
    const { reusable, expiresMs } = options;
    const invites = new Invites({ reusable, expiresMs, randomBytes, nowMs: nowMs() });
    this.board = new InviteBoard({
      invites,
      resumes: this.resumes,
      publicUrl: parts.publicUrl,
      room: this.room,
      nowMs,
      onFresh: ({ code, link }, why) => parts.ui.event({ event: "code", code, link, why }),
      onSeatExpired: (id) => this.seats.byId.get(id)?.end("no-progress"),
    });
    this.door = new Door({
      policy: this.policy,
      invites,
      resumes: this.resumes,
      room: this.room,
      controlTaken: () => this.roles.controlTaken,
      nowMs,
      events: {
        knocked: (guest) => this.words.knocked(guest),
        asks: (guest) => this.words.asksToEnter(guest),
        withdrawn: (id) => this.parts.ui.withdraw(id),
        entered: (guest, verdict) => this.seats.add(guest, { ...verdict, mjpegAskable: mayBeUnsealed(this.policy) }),
        returned: (id) => this.seats.byId.get(id),
        asksAgain: (seat) => asksAgain(this.policy, { paused: this.paused, sleptMs: this.seats.sleptSince(seat) }),
        answeredAgain: (seat, role) => (role === "denied" ? seat.end("denied") : this.roles.set(seat, role)),
        turnedAway: (guest) => this.words.unsealedRefused(guest.label),
        tooLate: (guest) => this.words.codeTaken(guest.label),
        invitesChanged: (why) => this.board.changed(why),
      },
    });
  }

  /**
   * Opens the room and says so; resolves with why sharing ended.
   * @throws HostError when there is no server or no room to be had
   */
  async run(): Promise<EndReason> {
    const { options, capture, injector, ui, serverUrl, publicUrl } = this.parts;
    const isOpen = await this.room.open(
      serverUrl,
      {
        knock: (viewer, nonce, from) => this.door.knock(viewer, nonce, from),
        signal: (viewer, data) => this.door.signal(viewer, data),
        left: (viewer) => this.door.left(viewer),
        remaining: (viewers) => this.door.remaining(viewers),
        connected: (connected) => this.words.server(connected),
        lost: (error) => ui.notice("error", `${error.message} ${error.hint}`),
      },
      this.ended,
    );
    if (!isOpen) return this.sayEnded();
    this.ice.prepare(this.room.stunPort);
    const cameraToken =
      this.policy.mjpeg === "allow" ? await this.room.publish(() => this.quality(AUTO_QUALITY)) : undefined;
    const { code, link, expires } = this.board.current();
    ui.event({
      event: "ready",
      link,
      code,
      room: this.room.number,
      server: publicUrl,
      mjpeg: cameraToken === undefined ? null : `${publicUrl}${MJPEG_PREFIX}${cameraToken}`,
      capture: capture.name,
      input: options.viewOnly ? "none" : injector.name,
      display: { width: capture.size.width, height: capture.size.height },
      expires,
    });
    const commanded = {
      ui,
      seats: this.seats.byId,
      door: this.door,
      attendance: this.attendance,
      roles: this.roles,
      board: this.board,
      setPaused: (paused: boolean) => this.setPaused(paused),
      stop: () => this.stop("host-stopped"),
    };
    ui.listen((command) => obey(commanded, command));
    this.board.watch();
    void this.parts.peers.prepare();
    await this.showOnDesktop();
    return this.sayEnded();
  }

  private async sayEnded(): Promise<EndReason> {
    const reason = await this.ended;
    this.parts.ui.event({ event: "ended", reason });
    return reason;
  }

  /** Lets go of everything held, says goodbye to everybody, frees everything. Idempotent. */
  stop(reason: EndReason): void {
    if (this.over) return;
    this.over = true;
    this.board.close();
    const said: CloseReason = reason === "capture-lost" ? "capture-lost" : "host-stopped";
    this.seats.end(said);
    this.door.close(said);
    this.room.endPictures();
    this.settleEnd(reason);
  }

  /** After `stop`: waits for the injector and closes what the host was given. */
  async close(): Promise<void> {
    await this.parts.injector.settled();
    await this.parts.injector.close();
    await this.attendance.close();
    await this.desk.close();
    this.room.close();
  }

  private openSeats(): Seats {
    const { injector, nowMs, timeOfDayMs, uptimeMs, options, openAead, peers } = this.parts;
    return new Seats({
      path: options.path,
      once: options.once,
      injector,
      nowMs,
      timeOfDayMs,
      uptimeMs,
      words: this.words,
      resumes: this.resumes,
      ports: seatSupply({
        peers,
        ice: this.ice,
        openAead,
        desk: this.desk,
        encoder: this.encoder,
        words: this.words,
        nowMs,
        trace: this.parts.trace,
        quality: (wished) => this.quality(wished),
        room: this.room,
      }),
      events: {
        entered: (seat) => {
          this.attendance.entered(seat);
          this.roles.entered(seat);
          if (this.paused) seat.setPaused(true);
        },
        changed: () => this.attendance.changed(this.paused),
        asksControl: (seat) => this.roles.wanted(seat),
        signOfLife: (seat) => this.attendance.signOfLife(seat),
        back: () => this.board.watch(),
        away: () => {
          this.board.watch();
          // It may be this end whose network is gone: then the viewer could not knock either.
          this.room.verify();
        },
        gone: (seat) => {
          this.attendance.left(seat);
          this.attendance.changed(this.paused);
        },
        slept: () => {
          this.words.slept();
          this.room.verify();
        },
        served: () => this.stop("host-stopped"),
      },
    });
  }

  /** The window, the stop chord and the watch on local input; what cannot be had is said. */
  private async showOnDesktop(): Promise<void> {
    const { ui, openPresence } = this.parts;
    const say = ({ why, hint }: PresenceGap) => ui.notice("info", `${why} ${hint}`);
    const presence = await openPresence({
      stop: () => this.stop("host-stopped"),
      pauseToggled: () => this.setPaused(!this.paused),
      lost: (error) => this.fail(error),
      localMoved: () => this.attendance.localMoved(),
      gap: say,
    });
    presence.gaps.forEach(say);
    this.attendance.shownBy(presence);
    if (this.over) await this.attendance.close();
  }

  private setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    for (const seat of this.seats.byId.values()) seat.setPaused(paused);
    this.room.setPaused(paused);
    this.attendance.changed(paused);
    this.words.paused(paused);
    this.desk.kick();
  }

  private resized(size: Size): void {
    for (const seat of this.seats.byId.values()) seat.resize(size);
  }

  private quality(wished: number): number {
    const { quality } = this.parts.options;
    return quality === "auto" ? wished : quality;
  }

  private fail(error: HostError): void {
    this.parts.ui.notice("error", `${error.message} ${error.hint}`);
    this.stop(error.code);
  }
}
