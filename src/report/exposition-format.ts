type Labels = Readonly<Record<string, string>>;

/** One sample; text if a number would lose digits. An undefined value is omitted, because unknown is not zero. */
export type Sample = readonly [labels: Labels, value: number | bigint | string | undefined];

/** One metric with its samples. */
export type Family = {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
};

/** A gauge with one sample and no labels. */
export const gauge = (name: string, help: string, value: number | undefined): Family =>
  gauges(name, help, [[{}, value]]);

export const gauges = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: "gauge",
  help,
  samples,
});

export const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: "counter",
  help,
  samples,
});

/** Formats a family in the Prometheus text format 0.0.4, without timestamps; "" if no sample is known. */
export function exposition({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === undefined || !Number.isFinite(Number(value)) ? [] : [`${name}${braces(labels)} ${value}\n`],
  );
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** Formats labels, escaping backslash, quote and line break (Prometheus exposition formats, 0.0.4). */
function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
