import type { Setting } from "./kinds.ts";
import type { SHELLS } from "./once.ts";
import { OPTION_NAMES, optionOf } from "./sources.ts";

type Shell = (typeof SHELLS)[number];
type Option = { readonly name: string; readonly row: Setting<unknown> };

const options = (): readonly Option[] =>
  OPTION_NAMES.flatMap((name) => {
    const row = optionOf(name);
    return row === undefined ? [] : [{ name, row }];
  });

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

/** A script that makes the shell complete wnm's options and their values. */
export const completionScript = (shell: Shell): string => SCRIPTS[shell]();

/** Words that may follow --help beside the names of options. */
const TOPICS = "all";

/** Names with blanks in them stay whole. */
const BASH_FILES = `local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); return`;

function bash(): string {
  const cases = options().flatMap(({ name, row }) => {
    if (row.choices !== undefined) return [`    --${name}) words='${row.choices.join(" ")}' ;;`];
    if (row.is_path) return [`    --${name}) ${BASH_FILES} ;;`];
    return row.is_switch || name === "help" ? [] : [`    --${name}) return ;;`];
  });
  const names = options().map(({ name }) => name);
  return `# bash completion of wnm; load it with: source <(wnm --completion bash)
_wnm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=''
  COMPREPLY=()
  # --name=value arrives as three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  prev=\${prev//-/_}
  case $prev in __*) prev=--\${prev:2} ;; esac
  case $prev in
${cases.join("\n")}
    _c) ${BASH_FILES} ;;
    --help) words='${TOPICS} ${names.join(" ")}' ;;
    *) words='${names.map((name) => `--${name}`).join(" ")}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o filenames -F _wnm wnm
`;
}

function zsh(): string {
  const quoted = (text: string): string => text.replaceAll("'", "’").replace(/[[\]:\\]/g, "\\$&");
  const specs = options().map(({ name, row }) => {
    const help = `[${quoted(row.help)}]`;
    if (name === "help") return `    '--help${help}::topic:(${TOPICS} ${OPTION_NAMES.join(" ")})'`;
    if (row.is_switch) return `    '--${name}${help}'`;
    const values = row.choices === undefined ? (row.is_path ? "_files" : " ") : `(${row.choices.join(" ")})`;
    return `    '--${name}=${help}:${quoted(row.hint)}:${values}'`;
  });
  return `#compdef wnm
# zsh completion of wnm; load it with: source <(wnm --completion zsh)
_wnm() {
  _arguments \\
    '-c[Read settings from this file]:file:_files' \\
    '-v[Also show settings, metrics and decisions]' \\
    '-q[Only errors]' \\
${specs.join(" \\\n")}
}
(( $+functions[compdef] )) && compdef _wnm wnm
`;
}

function fish(): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const lines = options().map(({ name, row }) => {
    const head = `complete -c wnm -l ${name} -d ${quoted(row.help)}`;
    if (name === "help") return `${head} -x -a ${quoted(`${TOPICS} ${OPTION_NAMES.join(" ")}`)}`;
    if (row.is_switch) return head;
    if (row.choices !== undefined) return `${head} -x -a ${quoted(row.choices.join(" "))}`;
    return `${head} ${row.is_path ? "-r -F" : "-x"}`;
  });
  return `# fish completion of wnm; load it with: wnm --completion fish | source
complete -c wnm -f
complete -c wnm -s c -r -F -d 'Read settings from this file'
complete -c wnm -s v -d 'Also show settings, metrics and decisions'
complete -c wnm -s q -d 'Only errors'
${lines.join("\n")}
`;
}
