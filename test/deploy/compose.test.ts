import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../cli/command-line.ts";
import { SERVE_FLAGS, SERVE_SECRETS } from "../../cli/flags.ts";
import { environmentName } from "../../host-agent/config.ts";

const deployed = (name: string) => readFile(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), "utf8");

/** One service of compose.yaml, with what .env.example says put in. Enough YAML for plain and quoted values. */
async function service(
  name: string,
  uncommented = false,
): Promise<{ text: string; variables: Record<string, string> }> {
  const example = await deployed(".env.example");
  const lines = (uncommented ? example.replaceAll(/^#(?=[A-Z_]+=)/gm, "") : example).matchAll(/^([A-Z_]+)=(.*)$/gm);
  const given = new Map([...lines].map(([, variable = "", value = ""]) => [variable, value]));
  const compose = await deployed("compose.yaml");
  const text = new RegExp(`^ {2}${name}:\\n((?: {3,}.*\\n|\\n)*)`, "m").exec(compose)?.[1] ?? "";
  const filled = (value: string) =>
    value
      .replace(/^(["'])(.*)\1$/, "$2")
      .replaceAll(
        /\$\{([A-Z_]+)([^}]*)\}/g,
        (_, wanted, otherwise) => given.get(wanted) ?? (otherwise === ":-" ? "" : "?"),
      );
  const base = /^ {4}extends: (.*)$/m.exec(text)?.[1];
  const own = [...text.matchAll(/^ {6}([A-Z_]+): (.*)$/gm)].map(([, variable = "", value = ""]) => [
    variable,
    filled(value),
  ]);
  const inherited = base === undefined ? {} : (await service(base, uncommented)).variables;
  return { text, variables: { ...inherited, ...Object.fromEntries(own) } };
}

/** What serve makes of a service's variables, with text for the files that cannot be read here. */
function serveWith({ DESKBEAM_TLS_CERT, DESKBEAM_TLS_KEY, ...variables }: Record<string, string>) {
  expect([DESKBEAM_TLS_CERT, DESKBEAM_TLS_KEY]).toEqual(["/run/secrets/tls_chain", "/run/secrets/tls_key"]);
  const files: Record<string, string> = {
    "/run/secrets/turn_secret": "the secret of turnserver",
    "/run/secrets/relay_secret": "the secret of the relay",
    "/run/secrets/redis_url": "redis://:hush@127.0.0.1:6379",
  };
  const environment = Object.fromEntries(
    Object.entries(variables).map(([name, value]) =>
      name.endsWith("_FILE") && value !== "" ? [name.slice(0, -"_FILE".length), files[value] ?? "?"] : [name, value],
    ),
  );
  const invocation = readCommandLine(["serve"], { environment, homeFolder: "/nowhere", version: "0.0.0" });
  if (invocation.command !== "serve") throw new Error(invocation.command);
  return invocation.options;
}

describe("compose.yaml", () => {
  it("gives serve what serve takes", async () => {
    const known = [...SERVE_FLAGS, ...SERVE_SECRETS].map(({ name }) => environmentName(name));
    for (const name of ["deskbeam", "deskbeam-2", "relay"]) {
      const { variables } = await service(name);
      expect(known).toEqual(expect.arrayContaining(Object.keys(variables).map((one) => one.replace(/_FILE$/, ""))));
    }
    expect(serveWith((await service("deskbeam")).variables)).toMatchObject({
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
      relay: { at: "here" },
      redisUrl: undefined,
      mjpeg: true,
    });
  });

  it("runs two servers, a relay and a Redis with the profile redis and the lines of .env.example that go with it", async () => {
    const several = async (name: string) => serveWith((await service(name, true)).variables);
    const shared = {
      redisUrl: "redis://:hush@127.0.0.1:6379",
      relay: { at: "apart", url: "https://desk.example.org:7450", secret: "the secret of the relay" },
      mjpeg: false,
    };
    expect(await several("deskbeam")).toMatchObject({ port: 7440, ...shared });
    expect(await several("deskbeam-2")).toMatchObject({ port: 7441, ...shared });
    expect(await several("relay")).toMatchObject({
      port: 7450,
      relay: { at: "only-here", secret: "the secret of the relay" },
      allowedOrigins: ["desk.example.org"],
    });
    for (const name of ["deskbeam-2", "relay", "redis"]) {
      expect((await service(name)).text, name).toContain("profiles: [redis]");
    }
    const { text } = await service("redis");
    for (const line of ["read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]']) {
      expect(text).toContain(line);
    }
  });

  it("gives turnserver.sh every setting it has, and no other", async () => {
    const settings = new Set((await deployed("turnserver.sh")).match(/TURN_[A-Z_]+/g));
    expect(new Set(Object.keys((await service("coturn")).variables))).toEqual(settings);
  });
});
