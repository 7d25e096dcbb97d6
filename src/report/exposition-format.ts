type Labels = Readonly<Record<string, string>>;

/** One sample, as a text where a number would lose digits; an undefined value leaves it out: unknown is not zero. */
export type Sample = readonly [labels: Labels, value: number | bigint | string | undefined];

/** One metric with its samples. */
export type Family = {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
};

/** A gauge of one sample without labels. */
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

/** A family in the Prometheus text format 0.0.4, without time stamps; "" without any known sample. */
export function exposition({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === undefined || !Number.isFinite(Number(value)) ? [] : [`${name}${braces(labels)} ${value}\n`],
  );
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** Label values escape backslash, quote and line break (Prometheus exposition formats, 0.0.4). */
function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
