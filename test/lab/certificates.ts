import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

export type Certificates = {
  /** PEM of the authority that everybody in the lab has to trust. */
  readonly authority: string;
  of(name: string): { readonly cert: string; readonly key: string };
  /** Makes Chromium take these certificates, and no others that it would not take anyway. */
  readonly chromiumFlag: string;
};

/** An authority of the lab's own, and a certificate by it for each name; all as files in the folder. */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const openssl = (...words: string[]) => promisify(execFile)("openssl", ["req", "-x509", ...KEY, ...words]);
  const file = (name: string, ending: string) => join(folder, `${name}.${ending}`);
  const files = (name: string) => ["-keyout", file(name, "key"), "-out", file(name, "pem")];
  await openssl(...files("authority"), "-subj", "/CN=deskbeam lab");
  const signed = ["-CA", file("authority", "pem"), "-CAkey", file("authority", "key")];
  const hashes: string[] = [];
  for (const name of names) {
    const isServer = ["-addext", `subjectAltName=DNS:${name}`, "-addext", "basicConstraints=critical,CA:FALSE"];
    await openssl(...files(name), "-subj", `/CN=${name}`, ...isServer, ...signed);
    const { publicKey } = new X509Certificate(await readFile(file(name, "pem")));
    hashes.push(
      createHash("sha256")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("base64"),
    );
  }
  return {
    authority: file("authority", "pem"),
    of: (name) => ({ cert: file(name, "pem"), key: file(name, "key") }),
    chromiumFlag: `--ignore-certificate-errors-spki-list=${hashes.join(",")}`,
  };
}
