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

/** A Grafana board, as far as tests read it. */
export type Board = {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};

/** The panels that ask something. */
export const panelsOf = ({ panels }: Board): readonly Panel[] => panels.filter(({ type }) => type !== "row");
