import { writeSync } from "node:fs";

// As wnm writes: console.log would do without node:fs and a fifth of the time, process.stdout would load a stream.
writeSync(1, "hello\n");
