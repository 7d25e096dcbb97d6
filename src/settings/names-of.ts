type Names<T> = readonly [keyof T & string, ...(keyof T & string)[]];

/** The names of a non-empty table, in order. */
export const namesOf = <T extends object>(table: T): Names<T> => Object.keys(table) as unknown as Names<T>;
