/** The flags of one kind of node program. */
export type ProgramFlags = {
  /** What a program is taken to know whose --help nobody has read: the flags of every version in use. */
  readonly usual: readonly string[];
  /** Flags of `start_args` without which nodes of other programs are started. */
  readonly own: readonly string[];
  /** Those of `own` that older versions lack. */
  readonly recent: readonly string[];
  /** Flags that become `start_args` where all found nodes of this program have them. */
  readonly at_import: readonly string[];
  /** The flags of `start_args`, each with its values, in the form in which a found node's are read. Pure. */
  groupsOf(words: readonly string[]): readonly (readonly string[])[];
  /** The variable with which the program takes what a flag says; undefined: there is none. */
  variableOf(flag: string): string | undefined;
};
