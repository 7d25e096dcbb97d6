/** Bytes in GB with up to three digits: "0.02 GB", "12.3 GB", "1230 GB". */
export function gigabytes(bytes: number): string {
  const count = Math.max(0, bytes) / 1e9;
  return `${count < 1 ? count.toFixed(2) : count < 100 ? count.toPrecision(3) : Math.round(count)} GB`;
}
