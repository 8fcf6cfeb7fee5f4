import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addNamespace, removeForgottenNamespaces, removeNamespace } from "../support/namespaces.ts";
import { compileShaper, type Link, type LinkEnd, startLink } from "./link.ts";

/** What a lab is built on, and the owner of all that it is built of. */
export type Ground = {
  readonly folder: string;
  /** Makes a namespace, and gives its full name. */
  addNamespace(name: string): Promise<string>;
  addLink(near: LinkEnd, far: LinkEnd): Promise<Link>;
  /** Ends every link, namespace and process inside. */
  clear(): Promise<void>;
};

/** @param seed decides, with the order in which links are added, which packets each of them loses */
export async function prepareGround(seed: number): Promise<Ground> {
  await removeForgottenNamespaces();
  const folder = await mkdtemp(join(tmpdir(), "deskbeam-lab-"));
  const namespaces: string[] = [];
  const links: Link[] = [];
  const clear = async () => {
    for (const link of links) await link.stop();
    for (const name of namespaces) await removeNamespace(name);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const shaper = await compileShaper(folder);
    return {
      folder,
      addNamespace: async (name) => {
        const full = await addNamespace(name);
        namespaces.push(full);
        return full;
      },
      addLink: async (near, far) => {
        const link = await startLink(shaper, near, far, seed + links.length);
        links.push(link);
        return link;
      },
      clear,
    };
  } catch (error) {
    await clear();
    throw error;
  }
}
