import type { Seconds, SoftwareKind } from "../model/node.ts";
import type { Artefact, Verified } from "../releases/artefact.ts";

/** What is asked for: "latest" of a channel, or this version. */
export type Wanted = { readonly version: string; readonly channel: "stable" | "beta" };

/** A place that releases are taken from instead of the project's own. */
export type Elsewhere = { readonly mirror: string | undefined; readonly archive: string | undefined };

/** A release of a node program for this machine, before its archive is there. */
export type NodeRelease = {
  readonly software: SoftwareKind;
  /** undefined: the server does not say; the verified program does. */
  readonly version: string | undefined;
  /** When it was published; undefined: the server does not say. */
  readonly published_at: Seconds | undefined;
  /** The archive: an address, or a file. */
  readonly archive: { readonly url: string } | { readonly file: string };
  /** File name of the archive. */
  readonly name: string;
  /** The files in the archive that are installed, all of them verified. Throws WnmError unless they are what was released. */
  verify(archive: Artefact): Promise<ReadonlyMap<string, Verified>>;
};

/** The machine that a program must run on. */
export type Machine = { readonly platform: "linux" | "darwin"; readonly arch: string };

/** A version in the form that names releases; nothing else becomes part of an address. */
export const isVersion = (text: string): boolean =>
  /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,40})?$/.test(text);

/** Whether a version belongs to the channel: stable ones have no suffix, and beta takes only -beta.N. */
export const isOfChannel = (version: string, channel: Wanted["channel"]): boolean =>
  channel === "beta" ? /^\d+\.\d+\.\d+-beta\.\d+$/.test(version) : /^\d+\.\d+\.\d+$/.test(version);
