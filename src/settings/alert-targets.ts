import { splitWords } from "./split-words.ts";

/** How a message is written for a receiver; a template of JSON in which `{title}` and the like are replaced. */
export const FORMS = {
  text: undefined,
  slack: '{"text":"{message}"}',
  discord: '{"content":"{message}"}',
  matrix: '{"text":"{message}"}',
} as const;
export type Form = keyof typeof FORMS;

/** Where alerts go. */
export type AlertTarget =
  | {
      readonly kind: "post";
      readonly url: string;
      /** undefined: that of alert_template. */
      readonly form: Form | undefined;
      /** The address with its secret parts blanked: "https://ntfy.sh/[blank]". */
      readonly label: string;
    }
  | { readonly kind: "exec"; readonly path: string; readonly label: string };

/** The placeholders of a template. */
export const PLACEHOLDERS = ["title", "text", "message", "severity", "event", "host"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const MOST_TARGETS = 10;
/** Services that are known by their address and accept only one form. */
const KNOWN: readonly (readonly [RegExp, Form])[] = [
  [/^hooks\.slack\.com$/, "slack"],
  [/^(?:\w+\.)?discord(?:app)?\.com$/, "discord"],
];

const isForm = (word: string): word is Form => Object.hasOwn(FORMS, word);

/** Reads the targets of --alert_url, separated by blanks. `problem` never repeats an address. Pure. */
export function alertTargets(
  text: string,
): { readonly targets: readonly AlertTarget[] } | { readonly problem: string } {
  const words = [...new Set(splitWords(text) ?? text.split(/\s+/))].filter((word) => word !== "");
  if (words.length > MOST_TARGETS)
    return { problem: `Expected at most ${MOST_TARGETS} addresses but received ${words.length}` };
  const targets: AlertTarget[] = [];
  for (const [i, word] of words.entries()) {
    const target = targetOf(word);
    if (typeof target === "string")
      return { problem: words.length === 1 ? target : `${target} (address ${i + 1})` };
    const same = targets.filter(({ label }) => label.replace(/ \(\d+\)$/, "") === target.label).length;
    targets.push(same === 0 ? target : { ...target, label: `${target.label} (${same + 1})` });
  }
  return { targets };
}

/** A target, or what is wrong with its text. */
function targetOf(word: string): AlertTarget | string {
  const path = /^exec:(.*)$/s.exec(word)?.[1];
  if (path !== undefined) {
    return /^\/\P{Cc}*$/u.test(path) && !path.split("/").includes("..")
      ? { kind: "exec", path, label: `exec:${path}` }
      : "Expected exec: with the absolute path of a program";
  }
  const [, prefix, address = word] = /^([a-z]+):(https?:.*)$/s.exec(word) ?? [];
  if (prefix !== undefined && !isForm(prefix))
    return `Expected one of ${Object.keys(FORMS).join(", ")} before the address`;
  const url = webAddress(address);
  if (typeof url === "string") return url;
  const known = KNOWN.find(([hosts]) => hosts.test(url.hostname))?.[1];
  return { kind: "post", url: url.href, form: prefix ?? known, label: labelOf(url) };
}

/** The address of a server, or what is wrong with it; never repeats the text. Pure. */
export function webAddress(text: string): URL | string {
  if (text.includes("[blank]") || text.includes("%5Bblank%5D"))
    return "Expected the whole address but received one that a report has blanked";
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || /[\p{Cc}\s]/u.test(text))
    return "Expected an address that begins with https://, http:// or exec:/";
  url.hash = "";
  return url;
}

/** The address without path, query and account, which may be secret. Pure. */
export const labelOf = (url: URL): string =>
  `${url.protocol}//${url.host}${url.pathname === "/" && url.search === "" ? "" : "/[blank]"}`;

/** Why the text is not a valid template; undefined when it is. Pure. */
export function templateProblem(text: string): string | undefined {
  if (isForm(text)) return undefined;
  const names = PLACEHOLDERS.map((name) => `{${name}}`);
  if (!["{message}", "{text}", "{title}"].some((name) => text.includes(name)))
    return `Expected one of ${Object.keys(FORMS).join(", ")}, or JSON with {message} in it`;
  try {
    JSON.parse(fillTemplate(text, () => "x"));
    return undefined;
  } catch {
    return `Expected JSON with ${names.join(", ")} inside its texts`;
  }
}

/** Fills in a template; each value is escaped for use inside a JSON string. Pure. */
export const fillTemplate = (template: string, value: (name: Placeholder) => string): string =>
  template.replace(new RegExp(`\\{(${PLACEHOLDERS.join("|")})\\}`, "g"), (_, name: Placeholder) =>
    JSON.stringify(value(name)).slice(1, -1),
  );

/** The template of a form: the form's own, or that of alert_template; undefined: plain text. Pure. */
export function templateOf(form: Form | undefined, alert_template: string | undefined): string | undefined {
  const chosen = form ?? alert_template ?? "text";
  return isForm(chosen) ? FORMS[chosen] : chosen;
}
