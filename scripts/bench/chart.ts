import type { CaseResult } from "./table.ts";

const WIDTH = 760;
const HEIGHT = 440;
const MARGIN = { left: 70, right: 150, top: 50, bottom: 50 } as const;
/** The programs that are drawn. A second hello-world would lie on the first. */
const COLOURS: Readonly<Record<string, string>> = {
  hello: "#888888",
  wnm: "#0b6e4f",
  Python: "#c0392b",
  "curl --parallel": "#d68910",
  "curl per node": "#2471a3",
};

type Point = { readonly nodes: number; readonly wall_ms: number };

/** An SVG chart of an idle run: wall time over nodes, both logarithmic, a line for each program that has a colour. */
export function idleChart(results: readonly CaseResult[], title: string): string {
  const lines = linesOf(results);
  const points = [...lines.values()].flat();
  const x = scale(
    points.map(({ nodes }) => nodes),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = scale(
    points.map(({ wall_ms }) => wall_ms),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const drawn = [...lines].map(([name, line]) => {
    const colour = COLOURS[name];
    const path = line.map(({ nodes, wall_ms }) => `${x.at(nodes)},${y.at(wall_ms)}`).join(" ");
    const last = line.at(-1) ?? { nodes: 1, wall_ms: 1 };
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...line.map(
        ({ nodes, wall_ms }) => `<circle cx="${x.at(nodes)}" cy="${y.at(wall_ms)}" r="3" fill="${colour}"/>`,
      ),
      `<text x="${x.at(last.nodes) + 8}" y="${y.at(last.wall_ms) + 4}" fill="${colour}">${name} ${label(last.wall_ms)}</text>`,
    ].join("\n");
  });
  const sizes = [...new Set(points.map(({ nodes }) => nodes))];
  const ticks = [
    ...sizes.map(
      (nodes) => `<text x="${x.at(nodes)}" y="${HEIGHT - 28}" text-anchor="middle">${nodes}</text>`,
    ),
    ...y.decades.map(
      (value) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y.at(value)}" y2="${y.at(value)}" stroke="#ddd"/>` +
        `<text x="${MARGIN.left - 8}" y="${y.at(value) + 4}" text-anchor="end">${label(value)}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="white"/>
<text x="${MARGIN.left}" y="28" font-size="15">${title}</text>
<text x="${(WIDTH - MARGIN.right + MARGIN.left) / 2}" y="${HEIGHT - 8}" text-anchor="middle">nodes, all answering</text>
${[...ticks, ...drawn].join("\n")}
</svg>
`;
}

function linesOf(results: readonly CaseResult[]): ReadonlyMap<string, readonly Point[]> {
  const lines = new Map<string, Point[]>();
  for (const { name, nodes, fault, measured } of results) {
    if (name !== "idle" || fault !== "none" || nodes === undefined || nodes === 0) continue;
    for (const { name: program, wall_ms } of measured) {
      if (!Number.isFinite(wall_ms) || COLOURS[program] === undefined) continue;
      lines.set(program, [...(lines.get(program) ?? []), { nodes, wall_ms }]);
    }
  }
  return lines;
}

/** A logarithmic axis from whole decades around the values to pixels. */
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...values))), low + 1);
  return {
    decades: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
    at: (value: number) => Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
  };
}

const label = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${+(ms / 1000).toFixed(1)} s`);
