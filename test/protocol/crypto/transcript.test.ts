import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RTCPeerConnection } from "werift";
import { utf8 } from "../../../protocol/bytes.ts";
import {
  bindTag,
  certificateFingerprint,
  hostDtlsRole,
  type ProofTranscript,
  type Transport,
  transcriptHash,
} from "../../../protocol/crypto/transcript.ts";
import { provenPair } from "../../support/proven.ts";
import { bytes, u32, verdict } from "../hostile-bytes.ts";

const HOST_PRINT = Array.from({ length: 32 }, (_, index) => index);
const VIEWER_PRINT = Array.from({ length: 32 }, (_, index) => 0xff - index);
const colons = (print: readonly number[]) =>
  print.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");

/** The lines of an SDP that matter here, where a browser puts them: in the media section, or (Firefox) before it. */
const sdp = (...lines: readonly string[]) =>
  [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ...lines,
    "",
  ].join("\r\n");
const fingerprint = (print: readonly number[]) => `a=fingerprint:sha-256 ${colons(print)}`;

const offerSdp = sdp(fingerprint(VIEWER_PRINT), "a=setup:actpass");
const answerSdp = sdp(fingerprint(HOST_PRINT), "a=setup:active");
const webrtc: Transport = { kind: "webrtc", offerSdp, answerSdp };

const proof: ProofTranscript = {
  sid: new Uint8Array(16).fill(1),
  viewer: { share: new Uint8Array(32).fill(2), data: new Uint8Array(20).fill(3) },
  host: { share: new Uint8Array(32).fill(4), data: new Uint8Array(21).fill(5) },
};

/** One part of the hash's input with its length before it, all of them below 128 bytes. */
const part = (content: Uint8Array | readonly number[]) => [content.length, ...content];
const sha256 = (content: Uint8Array) => new Uint8Array(createHash("sha256").update(content).digest());

describe("the transcript hash", () => {
  it("is of the handshake, both certificates, both SDPs and the host's DTLS role", () => {
    const expected = sha256(
      bytes(
        ...part(utf8("deskbeam/1 transport")),
        ...part(new Uint8Array(16).fill(1)), // sid
        ...part(new Uint8Array(32).fill(2)), // Ya
        ...part(new Uint8Array(20).fill(3)), // ADa
        ...part(new Uint8Array(32).fill(4)), // Yb
        ...part(new Uint8Array(21).fill(5)), // ADb
        ...part(HOST_PRINT),
        ...part(VIEWER_PRINT),
        ...part(sha256(utf8(offerSdp))),
        ...part(sha256(utf8(answerSdp))),
        ...part(utf8("client")), // an active answer opens the DTLS handshake
      ),
    );
    expect(transcriptHash(proof, webrtc)).toEqual(expected);
  });

  it("of a relayed pipe has no certificates or SDPs, but the number of the pipe", () => {
    const expected = sha256(
      bytes(
        ...part(utf8("deskbeam/1 transport")),
        ...part(proof.sid),
        ...[...part(proof.viewer.share), ...part(proof.viewer.data)],
        ...[...part(proof.host.share), ...part(proof.host.data)],
        ...[0, 0], // fingerprints
        ...[0, 0], // SDPs
        ...part(utf8("relay")),
        ...part(u32(7)), // epoch
      ),
    );
    expect(transcriptHash(proof, { kind: "relay", epoch: 7 })).toEqual(expected);
  });

  it("is the same at both ends of one handshake, and another in the next", () => {
    const { host, viewer } = provenPair();
    expect(transcriptHash(viewer.transcript, webrtc)).toEqual(transcriptHash(host.transcript, webrtc));
    expect(transcriptHash(provenPair().host.transcript, webrtc)).not.toEqual(transcriptHash(host.transcript, webrtc));
  });

  it("changes with every single thing in it", () => {
    const other = new Uint8Array(32).fill(9);
    const passive = answerSdp.replace("active", "passive");
    const variants: [ProofTranscript, Transport][] = [
      [proof, webrtc],
      [{ ...proof, sid: other }, webrtc],
      [{ ...proof, viewer: { ...proof.viewer, share: other } }, webrtc],
      [{ ...proof, viewer: { ...proof.viewer, data: other } }, webrtc],
      [{ ...proof, host: { ...proof.host, share: other } }, webrtc],
      [{ ...proof, host: { ...proof.host, data: other } }, webrtc],
      [{ ...proof, viewer: proof.host, host: proof.viewer }, webrtc],
      [proof, { kind: "webrtc", offerSdp: `${offerSdp}a=x\r\n`, answerSdp }],
      [proof, { kind: "webrtc", offerSdp, answerSdp: `${answerSdp}a=x\r\n` }],
      [proof, { kind: "webrtc", offerSdp, answerSdp: passive }],
      [proof, { kind: "webrtc", offerSdp: offerSdp.replace("FF", "FE"), answerSdp }],
      [proof, { kind: "relay", epoch: 1 }],
      [proof, { kind: "relay", epoch: 2 }],
    ];
    const hashes = variants.map(([one, transport]) => Buffer.from(transcriptHash(one, transport)).toString("hex"));
    expect(new Set(hashes).size).toBe(variants.length);
  });
});

describe("the bind tags", () => {
  it("are HMAC-SHA256 of who speaks and the transcript", () => {
    const key = new Uint8Array(32).fill(6);
    const transcript = transcriptHash(proof, webrtc);
    for (const side of ["viewer", "host"] as const) {
      const byNode = createHmac("sha256", key).update(side).update(transcript).digest();
      expect(bindTag(key, side, transcript)).toEqual(new Uint8Array(byNode));
    }
    expect(bindTag(key, "viewer", transcript)).not.toEqual(bindTag(key, "host", transcript));
  });
});

describe("the certificate an SDP names", () => {
  const read = (text: string) => verdict(() => certificateFingerprint(text));

  it("is found in the media section, before it, or in both when they agree", () => {
    const line = fingerprint(HOST_PRINT);
    for (const text of [
      sdp(line),
      `${line}\r\n${sdp()}`,
      `${line}\r\n${sdp(line)}`,
      sdp(line).replaceAll("\r\n", "\n"),
    ]) {
      expect(certificateFingerprint(text)).toEqual(Uint8Array.from(HOST_PRINT));
    }
    expect(certificateFingerprint(sdp(line.toLowerCase()))).toEqual(Uint8Array.from(HOST_PRINT));
  });

  it("is the one werift means, in an offer and in an answer", async () => {
    const offerer = new RTCPeerConnection({ iceServers: [] });
    const answerer = new RTCPeerConnection({ iceServers: [] });
    offerer.createDataChannel("x", { negotiated: true, id: 0 });
    answerer.createDataChannel("x", { negotiated: true, id: 0 });
    await offerer.setLocalDescription(await offerer.createOffer());
    const offer = offerer.localDescription?.sdp ?? "";
    await answerer.setRemoteDescription({ type: "offer", sdp: offer });
    await answerer.setLocalDescription(await answerer.createAnswer());
    const answer = answerer.localDescription?.sdp ?? "";
    for (const [connection, text] of [
      [offerer, offer],
      [answerer, answer],
    ] as const) {
      const [own] = connection.dtlsTransports[0]?.localParameters.fingerprints ?? [];
      expect(Buffer.from(certificateFingerprint(text)).toString("hex")).toBe(
        own?.value.replaceAll(":", "").toLowerCase(),
      );
    }
    expect(["client", "server"]).toContain(hostDtlsRole(answer));
    await offerer.close();
    await answerer.close();
  });

  it("is refused when there is none, two, or one by another hash", () => {
    const line = fingerprint(HOST_PRINT);
    expect(read(sdp())).toBe("truncated");
    expect(read(sdp(line, fingerprint(VIEWER_PRINT)))).toBe("out-of-range");
    expect(read(sdp(`a=fingerprint:sha-1 ${colons(HOST_PRINT.slice(0, 20))}`))).toBe("out-of-range");
    expect(read(sdp(line, `a=fingerprint:sha-512 ${colons([...HOST_PRINT, ...VIEWER_PRINT])}`))).toBe("out-of-range");
  });

  it("is refused in every spelling that another reader could take for something else", () => {
    const good = colons(HOST_PRINT);
    for (const line of [
      `a=fingerprint:sha-256 ${good}:00`,
      `a=fingerprint:sha-256 ${good.slice(0, -3)}`,
      `a=fingerprint:sha-256 ${good.replaceAll(":", "")}`,
      `a=fingerprint:sha-256 ${good.replace("0A", "0G")}`,
      `a=fingerprint:sha-256  ${good}`,
      `a=fingerprint:sha-256 ${good} `,
      `a=fingerprint: sha-256 ${good}`,
      ` a=fingerprint:sha-256 ${good}`,
      `a=fingerprint ${good}`,
      `a=fingerprint:sha-256 ${good}\u0000`,
    ]) {
      expect(read(sdp(line)), JSON.stringify(line)).toBe("out-of-range");
      expect(read(sdp(fingerprint(HOST_PRINT), line)), JSON.stringify(line)).toBe("out-of-range");
    }
  });
});

describe("the host's DTLS role", () => {
  it("is what the answer chose", () => {
    expect(hostDtlsRole(sdp("a=setup:active"))).toBe("client");
    expect(hostDtlsRole(sdp("a=setup:passive"))).toBe("server");
    expect(hostDtlsRole(sdp("a=setup:active", "a=setup:active"))).toBe("client");
  });

  it("is refused when the answer leaves it open, says both or says nothing", () => {
    for (const lines of [["a=setup:actpass"], ["a=setup:active", "a=setup:passive"], ["a=setup:holdconn"], []]) {
      expect(verdict(() => hostDtlsRole(sdp(...lines)))).toBe("out-of-range");
    }
  });
});
