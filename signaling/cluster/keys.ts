import { ROOM_NUMBER_REST_MS } from "../core/limits.ts";

/*
 * What several servers keep in a Redis. The digit is raised when an older server could not make sense of it any more.
 *
 *   deskbeam:1:room:NUMBER     string      the room (store/room-record.ts)
 *   deskbeam:1:deadlines       sorted set  numbers of rooms, by when they need expireRoom (ms since 1970, clock of a server)
 *   deskbeam:1:servers         sorted set  servers, by when their lease runs out (ms since 1970, clock of Redis)
 *   deskbeam:1:rooms-of:SERVER set         numbers of the rooms in which sockets of that server are
 *   deskbeam:1:letters:SERVER  stream      what that server's sockets are to be told (cluster/letter.ts); empty once it is read
 */
const PREFIX = "deskbeam:1:";

export const DEADLINES_KEY = `${PREFIX}deadlines`;
export const SERVERS_KEY = `${PREFIX}servers`;
export const roomKey = (number: string): string => `${PREFIX}room:${number}`;
export const roomsOfKey = (server: string): string => `${PREFIX}rooms-of:${server}`;
export const lettersKey = (server: string): string => `${PREFIX}letters:${server}`;

/**
 * The last bound of every key: what no server touches for so long goes by itself. Open rooms are touched every hour
 * (membership.ts); a number that rests is not, and must live through its rest.
 */
export const KEY_LIFE_MS = 2 * ROOM_NUMBER_REST_MS;
