const WIDTH = 100;

/** Words in lines of at most 100 characters, each line indented by `indent` blanks. */
export function wrapped(words: readonly string[], indent = 2): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((text) => `${" ".repeat(indent)}${text}\n`).join("");
}

/** Terms in one column and their meanings, wrapped, in another. */
export function definitions(rows: readonly (readonly [term: string, meaning: string])[]): string {
  const longest = Math.max(...rows.map(([term]) => term.length));
  const column = 2 + longest + 2;
  const cells = rows.map(([term, meaning]) => {
    const text = wrapped(meaning.split(" "), column);
    return `  ${term.padEnd(longest)}${text.slice(2 + longest)}`;
  });
  return cells.join("");
}
