import { escapeControls } from "../../base/text.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" },
};

/** The text as content or attribute of HTML and SVG, on one line, with control characters spelled out. */
export const escaped = (text: string): string =>
  escapeControls(text.replace(/\s+/g, " ")).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
