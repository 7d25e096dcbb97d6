type Names<T> = readonly [keyof T & string, ...(keyof T & string)[]];

/** The names of a table that is not empty, in its order. */
export const namesOf = <T extends object>(table: T): Names<T> => Object.keys(table) as unknown as Names<T>;
