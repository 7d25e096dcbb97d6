import { isIP } from "node:net";

/** Names of this machine that should stay private. */
export type PrivateNames = {
  readonly home: string;
  readonly user: string | undefined;
  readonly host: string;
};

/** Extensions of file names, which could otherwise be taken for host names. */
const FILES =
  /\.(?:service|timer|socket|target|slice|mount|scope|conf|db|bak|log|toml|json|txt|sh|ts|js|so|d|new|old|env|plist|gz|xz|pem|bin|mdb|cache|prom|key|md|csv|html)$/i;
/** Parts of variable and setting names that indicate a secret. */
const SECRET =
  /((?:^|[\s"'=;,\uE000-\uF8FF])[\w.-]{0,100}(?:key|token|secret|passw?(?:or)?d?|auth|cred\w*|mnemonic|seed)[\w.-]{0,100}["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"',;]+)/gi;
/** Tokens of well-known services, some of which look like words and numbers. */
const TOKEN =
  /(?<![A-Za-z0-9])(?:[spr]k|gh[opsu]|github_pat|xox[abeprs]|xapp|glpat|hf|npm|tk)[-_][\w-]{12,}/g;
/** JSON escapes, which hide word boundaries, and the characters that temporarily replace them. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|[nrtbf"\\/])|[\uE000-\uF8FF]/gi;
const FIRST_STAND_IN = 0xe000;
const MOST_STAND_INS = 0xf8ff - FIRST_STAND_IN;

/**
 * Redacts a text: addresses, host names, e-mail, URLs, wallets, keys, tokens, peer ids, and the names of this machine, its
 * user and home folder. Heuristic; rather blanks too much than too little. Pure.
 */
export function blanked(text: string, names: PrivateNames): string {
  const escapes: string[] = [];
  const plain = text.replace(ESCAPE, (found) => {
    const known = escapes.indexOf(found);
    if (known >= 0) return String.fromCharCode(FIRST_STAND_IN + known);
    return escapes.length > MOST_STAND_INS
      ? " "
      : String.fromCharCode(FIRST_STAND_IN + escapes.push(found) - 1);
  });
  return blankedPlain(plain, names).replace(
    /[\uE000-\uF8FF]/g,
    (stand_in) => escapes[stand_in.charCodeAt(0) - FIRST_STAND_IN] ?? "",
  );
}

/** The same for a text without escapes. */
function blankedPlain(text: string, { home, user, host }: PrivateNames): string {
  const named = [
    [home, "~"],
    [host, "[host]"],
    [user, "[user]"],
  ] as const;
  let out = text
    .replace(/-----BEGIN [\s\S]*?(?:-----END [^-\n]*-----|$)/g, "[key]")
    .replace(
      /(?<![a-z0-9])[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>\uE000-\uF8FF]*/gi,
      (url) => `${url.slice(0, url.indexOf(":"))}://[address]`,
    )
    .replace(/(?<![^\s"'<>=,;:()\uE000-\uF8FF])[^\s"'<>=,;:()\uE000-\uF8FF]+@[\w-]+(?:\.[\w-]+)+/g, (at) =>
      FILES.test(at) ? at : "[e-mail]",
    )
    .replace(SECRET, "$1[blank]")
    .replace(TOKEN, "[key]");
  for (const [name, blank] of named)
    if (name !== undefined && name.length > 1) out = replaceName(out, name, blank);
  return out
    .replace(/(?<![0-9a-z])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-z])/gi, "[address]")
    .replace(/(?<![0-9a-f:.])[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*/gi, ipOr)
    .replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g, (found) => (isLocal(found) ? found : "[address]"))
    .replace(/(?<![0-9a-z])(?:0x)?[0-9a-f]{32,}(?![0-9a-z])/gi, "[key]")
    .replace(/[A-Za-z0-9+_=/-]{20,}/g, keyOr)
    .replace(/(?<![a-z0-9_-])(?:[a-z0-9_-]{1,63}\.){1,10}[a-z]{2,24}(?![a-z0-9])/gi, (found) =>
      FILES.test(found) ? found : "[host]",
    );
}

/** Replaces every occurrence of a name as a separate word or path. */
const replaceName = (text: string, name: string, blank: string): string =>
  text.replace(new RegExp(`(?<![A-Za-z0-9-])${RegExp.escape(name)}(?![A-Za-z0-9-])`, "g"), blank);

const ipOr = (found: string): string => {
  const trimmed = found.replace(/[:.]$/, "");
  for (const address of [trimmed, trimmed.replace(/:\d{1,5}$/, ""), trimmed.replace(/^[:.]/, "")])
    if (isIP(address) === 6 && address !== "::1" && address !== "::")
      return found.replace(address, "[address]");
  return found;
};

/** 127.0.0.1 and 0.0.0.0, which every machine has. */
const isLocal = (address: string): boolean => /^(?:127\.|0\.0\.0\.0$)/.test(address);

/** Blanks a run of letters and digits that looks like a key, unlike paths, words and numbers joined by hyphens. */
const keyOr = (found: string): string =>
  isMixed(found)
    ? "[key]"
    : found
        .split("/")
        .map((part) =>
          part.length >= 20 && /\d/.test(part) && /[A-Za-z]/.test(part) && !WORDS.test(part) ? "[key]" : part,
        )
        .join("/");

const WORDS = /^(?:-*(?:[A-Za-z]+\d{0,4}|\d+))(?:[-_=]+(?:[A-Za-z]+\d{0,4}|\d+))*$/;

/** True for base64, whose slashes make it look like a path. */
const isMixed = (run: string): boolean =>
  run.length >= 32 &&
  [/[A-Z]/g, /[a-z]/g].every((kind) => (run.match(kind) ?? []).length >= 5) &&
  (run.match(/\d/g) ?? []).length >= 2;
