// biome-ignore lint/suspicious/noConsole: the least that a compiled program of this runtime can do, not even node:fs is loaded
console.log("hello");
