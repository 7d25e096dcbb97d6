import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import type { StoredValue } from "../setting.ts";
import { kind, optional, orNull, plain } from "./kind.ts";

const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,40})?$/;
const isVersion = (stored: StoredValue): boolean => typeof stored === "string" && VERSION.test(stored);

/** A version; releases are tagged with a v before it. */
const versionText = () =>
  v.pipe(
    v.string(),
    v.trim(),
    v.transform((text) => text.replace(/^v/, "")),
    v.regex(
      VERSION,
      (issue) => `Invalid version: Expected one such as 0.23.1 but received ${quoted(issue.input)}`,
    ),
  );

/** "latest" or a version. */
export const release = kind<string>({
  text: () => v.union([v.pipe(v.string(), v.trim(), v.literal("latest")), versionText()], notARelease),
  column: "TEXT",
  hint: "version, or latest",
  ...plain,
  isReadable: orNull((stored) => stored === "latest" || isVersion(stored)),
});

const notARelease = (issue: v.BaseIssue<unknown>): string =>
  `Invalid version: Expected one such as 0.23.1, or latest, but received ${quoted(String(issue.input))}`;

export const optionalVersion = kind(
  optional({ text: versionText, column: "TEXT", hint: "version", isReadable: isVersion }),
);

/** No name or password: an address is logged and reported. */
const ADDRESS = /^https?:\/\/[^\s@\p{Cc}]{1,2000}$/u;
const isAddress = (stored: StoredValue): boolean => typeof stored === "string" && ADDRESS.test(stored);

/** An address on the web, without the slash at its end. */
export const optionalAddress = kind(
  optional({
    text: () =>
      v.pipe(
        v.string(),
        v.trim(),
        v.regex(
          ADDRESS,
          (issue) =>
            `Invalid address: Expected http://… or https://… without a password but received ${quoted(issue.input)}`,
        ),
        v.transform((address) => address.replace(/\/+$/, "")),
      ),
    column: "TEXT",
    hint: "address",
    isReadable: isAddress,
  }),
);
