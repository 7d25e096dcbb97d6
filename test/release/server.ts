import { join, normalize } from "node:path";

/** What the server does to an answer before it is sent: the man in the middle. */
export type Tamper = (path: string, body: Uint8Array) => Uint8Array | Response | undefined;

/** A server of releases, laid out like a forge; latest/download/X redirects to download/vY/X. */
export type ReleaseServer = Disposable & {
  readonly url: string;
  /** Requested paths, in order. */
  readonly asked: string[];
  /** Applied to every answer; undefined leaves it alone. */
  tamper: Tamper | undefined;
  latest: string;
};

/** Serves folders of releases by version on loopback; install.sh of the latest is at the top as well. */
export function serveReleases(
  releases: Readonly<Record<string, string>>,
  latest: string,
  port = 0,
): ReleaseServer {
  const state = { asked: [] as string[], tamper: undefined as Tamper | undefined, latest };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      state.asked.push(pathname);
      const newest = /^\/releases\/latest\/download\/(.+)$/.exec(pathname)?.[1];
      if (newest !== undefined)
        return new Response(null, {
          status: 302,
          headers: { location: `/releases/download/v${state.latest}/${newest}` },
        });
      const [, version = "", name = ""] = /^\/releases\/download\/v([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
      const folder = pathname === "/install.sh" ? releases[state.latest] : releases[version];
      const file = Bun.file(
        normalize(join(folder ?? "/nonexistent", pathname === "/install.sh" ? "install.sh" : name)),
      );
      if (!(await file.exists())) return new Response("not here", { status: 404 });
      const body = await file.bytes();
      const changed = state.tamper?.(pathname, body) ?? body;
      return changed instanceof Response ? changed : new Response(changed as Uint8Array<ArrayBuffer>);
    },
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.port}/releases`,
    [Symbol.dispose]: () => void server.stop(true),
  });
}

/** The same bytes with one changed in the middle. */
export function flipped(body: Uint8Array): Uint8Array {
  const changed = body.slice();
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}

// As a program: server.ts PORT LATEST VERSION=FOLDER…
if (import.meta.main) {
  const [port, latest = "", ...pairs] = process.argv.slice(2);
  serveReleases(Object.fromEntries(pairs.map((pair) => pair.split("="))), latest, Number(port));
}
