import type { People } from "../driver.ts";

const MAX_LABEL_CHARACTERS = 24;

/** One short line for the window. */
export function presenceWords({ viewers, paused }: People): string {
  if (paused) return "Paused · viewers see nothing";
  const watching = `${viewers.length} watching`;
  const controller = viewers.find((viewer) => viewer.role === "control");
  if (controller !== undefined) return `${watching} · ${shortLabel(controller.label)} controls`;
  const [only] = viewers;
  return viewers.length === 1 && only !== undefined ? `${shortLabel(only.label)} is watching` : watching;
}

/**
 * A name as our font can write it: without accents, and cut where it would crowd out what the line is there to say.
 * Marks that combine or steer the writing direction are dropped: nobody names himself backwards.
 */
function shortLabel(label: string): string {
  const plain = label
    .normalize("NFKD")
    .replace(/\s+/g, " ")
    .replace(/[\p{Mn}\p{Cc}\p{Cf}]/gu, "")
    .trim();
  const characters = [...plain];
  if (characters.length === 0) return "Somebody";
  if (characters.length <= MAX_LABEL_CHARACTERS) return plain;
  return `${characters
    .slice(0, MAX_LABEL_CHARACTERS - 1)
    .join("")
    .trim()}…`;
}
