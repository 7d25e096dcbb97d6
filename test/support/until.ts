/** Waits for a condition and returns its value; throws with the text of `what` if it does not become true in time. */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  deadline_ms = 120_000,
): Promise<T> {
  const end = performance.now() + deadline_ms;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${deadline_ms} ms in vain for ${what}`);
    await Bun.sleep(20);
  }
}
