/** Memoises a function per argument: a snapshot is immutable, and several rules ask the same question about it. */
export function oncePer<A extends object, T>(compute: (of: A) => T): (of: A) => T {
  const known = new WeakMap<A, { readonly answer: T }>();
  return (of) => {
    const found = known.get(of) ?? { answer: compute(of) };
    known.set(of, found);
    return found.answer;
  };
}
