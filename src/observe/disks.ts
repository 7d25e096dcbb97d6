import { realpathSync } from "node:fs";
import { type DiskUse, diskUse } from "../host/disk.ts";
import { diskMetrics } from "../host/metrics.ts";
import type { Disk } from "../model/disk.ts";
import { mountSources } from "../os/files/mount-points.ts";
import { isReadOnly, isUnknown, statBehind } from "../os/files/presence.ts";

/** The disks, and the usage of the first. */
export type SeenDisks = { readonly disks: readonly Disk[]; readonly first: DiskUse | undefined };

/** The file systems of the folders, in order. `for_new`: folders for new nodes. A single folder costs two system calls. */
export function seeDisks(folders: readonly string[], for_new: readonly string[]): SeenDisks {
  const groups = folders.length < 2 ? [folders] : [...Map.groupBy(folders, fileSystems()).values()];
  const seen = groups.flatMap((storages) => {
    const [name] = storages;
    if (name === undefined) return [];
    const use = diskUse(name);
    const disk: Disk = {
      name,
      storages,
      for_new: storages.filter((folder) => for_new.includes(folder)),
      read_only: storages.every(isReadOnly),
      ...diskMetrics(use),
    };
    return [{ disk, use }];
  });
  return { disks: seen.map(({ disk }) => disk), first: seen[0]?.use };
}

/**
 * Returns a function that names the file system of a folder: the mounted device, because parts of one file system can have
 * different device numbers, else the device number.
 */
function fileSystems(): (folder: string) => string {
  const sources = mountSources();
  return (folder) => {
    const looked = statBehind(folder);
    const device = looked === "absent" || isUnknown(looked) ? folder : String(looked.found.dev);
    return deviceAbove(realPathOf(folder), sources) ?? device;
  };
}

/** The device of the nearest mount point above the folder; undefined for a file system without a device. */
function deviceAbove(folder: string, sources: ReadonlyMap<string, string>): string | undefined {
  for (let path = folder; ; path = path.slice(0, path.lastIndexOf("/"))) {
    const source = sources.get(path === "" ? "/" : path);
    if (source !== undefined) return source.startsWith("/") ? source : undefined;
    if (path === "" || path === "/") return undefined;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
