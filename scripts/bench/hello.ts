import { writeSync } from "node:fs";

// As wnm writes: process.stdout would load a stream for it.
writeSync(1, "hello\n");
