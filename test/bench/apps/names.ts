/** What real programs do to a desktop, in the order of the table. */
export const APPS = ["form", "article", "glide", "editor", "terminal", "window", "map", "slides", "film"] as const;
export type AppName = (typeof APPS)[number];
