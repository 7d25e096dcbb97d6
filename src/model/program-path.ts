declare const trust: unique symbol;

/** Path of a program that only root or the operator can change: wnm runs no other one with its own rights. */
export type OperatorProgram = string & { readonly [trust]: "operator" };

/** Path of a file that a node's account can write. The compiler rejects it as the program of a command. */
export type NodeFile = string & { readonly writable_by?: "node" };

/** The program of a command: any path except a NodeFile. */
export type Runnable = string & { readonly writable_by?: never };
