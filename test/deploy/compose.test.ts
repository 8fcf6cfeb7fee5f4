import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../cli/command-line.ts";
import { SERVE_FLAGS, SERVE_SECRETS } from "../../cli/flags.ts";
import { environmentName } from "../../host-agent/config.ts";

const deployed = (name: string) => readFile(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), "utf8");

/** The variables that compose.yaml sets, with what .env.example says put in. Enough YAML for plain and quoted values. */
async function variables(prefix: string): Promise<Record<string, string>> {
  const lines = (await deployed(".env.example")).matchAll(/^([A-Z_]+)=(.*)$/gm);
  const given = new Map([...lines].map(([, name = "", value = ""]) => [name, value]));
  const set = (await deployed("compose.yaml")).matchAll(new RegExp(`^ {6}(${prefix}[A-Z_]+): (.*)$`, "gm"));
  return Object.fromEntries(
    [...set].map(([, name = "", value = ""]) => [
      name,
      value
        .replace(/^(["'])(.*)\1$/, "$2")
        .replaceAll(/\$\{([A-Z_]+)[^}]*\}/g, (_, wanted) => given.get(wanted) ?? "?"),
    ]),
  );
}

describe("compose.yaml", () => {
  it("gives serve what serve takes", async () => {
    const known = [...SERVE_FLAGS, ...SERVE_SECRETS].map(({ name }) => environmentName(name));
    const { DESKBEAM_TLS_CERT, DESKBEAM_TLS_KEY, DESKBEAM_TURN_SECRET_FILE, ...rest } = await variables("DESKBEAM_");
    expect(known).toEqual(expect.arrayContaining(Object.keys(rest)));
    expect([DESKBEAM_TLS_CERT, DESKBEAM_TLS_KEY, DESKBEAM_TURN_SECRET_FILE].join()).toMatch(
      /^\/run\/secrets\/tls_chain,\/run\/secrets\/tls_key,\/run\/secrets\/turn_secret$/,
    );
    const environment = { ...rest, DESKBEAM_TURN_SECRET: "the file cannot be read here" };
    const invocation = readCommandLine(["serve"], { environment, homeFolder: "/nowhere", version: "0.0.0" });
    expect(invocation).toMatchObject({
      command: "serve",
      options: {
        port: 7440,
        stun: undefined,
        iceServers: [{ urls: "stun:desk.example.org:3478" }],
        allowedOrigins: ["desk.example.org"],
        turn: {
          urls: [
            "turn:desk.example.org:3478?transport=udp",
            "turn:desk.example.org:3478?transport=tcp",
            "turns:desk.example.org:5349?transport=tcp",
          ],
          ttlS: 600,
        },
      },
    });
  });

  it("gives turnserver.sh every setting it has, and no other", async () => {
    const settings = new Set((await deployed("turnserver.sh")).match(/TURN_[A-Z_]+/g));
    expect(new Set(Object.keys(await variables("TURN_")))).toEqual(settings);
  });
});
