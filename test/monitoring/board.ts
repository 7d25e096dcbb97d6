type Target = {
  readonly refId: string;
  readonly datasource?: { readonly uid: string };
  /** PromQL. */
  readonly expr?: string;
  /** InfluxQL. */
  readonly query?: string;
};

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
};

/** The parts of a Grafana board that tests read. */
export type Board = {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};

/** The panels with queries. */
export const panelsOf = ({ panels }: Board): readonly Panel[] => panels.filter(({ type }) => type !== "row");
