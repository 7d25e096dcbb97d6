import { TOPIC_NAMES } from "./help-topics/topics.ts";
import { OPTION_NAMES, optionOf } from "./options.ts";
import type { Shell } from "./run-options.ts";
import type { Setting } from "./setting.ts";

type Option = { readonly name: string; readonly row: Setting<unknown> };

const options = (): readonly Option[] =>
  OPTION_NAMES.flatMap((name) => {
    const row = optionOf(name);
    return row === undefined ? [] : [{ name, row }];
  });

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

/** A shell script that completes wnm's options and their values. */
export const completionScript = (shell: Shell): string => SCRIPTS[shell]();

/** Words that may follow --help. */
const TOPICS = ["all", ...TOPIC_NAMES, ...OPTION_NAMES].join(" ");

/** Completes file names, including those with blanks. */
const BASH_FILES = `local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); return`;

/** Lists node names, one per line. Uses a report, which takes no lock and does not wait for a run. */
const NODES = "command wnm --report node-status --columns node -q 2>/dev/null | grep '^antnode[0-9]*$'";

/** The option whose values are node names. */
const NAMES_NODES = "service_name";

function bash(): string {
  const cases = options().flatMap(({ name, row }) => {
    if (name === NAMES_NODES)
      // In a list, only the last name is completed.
      return [
        `    --${name}) [[ $cur == *,* ]] && head=\${cur%,*},; words=$(${NODES} | sed "s/^/$head/") ;;`,
      ];
    if (row.choices !== undefined) return [`    --${name}) words='${row.choices.join(" ")}' ;;`];
    if (row.is_path) return [`    --${name}) ${BASH_FILES} ;;`];
    return row.is_switch || name === "help" ? [] : [`    --${name}) return ;;`];
  });
  const names = options().map(({ name }) => name);
  return `# bash completion of wnm; load it with: source <(wnm --completion bash)
_wnm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' head=''
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
    --help) words='${TOPICS}' ;;
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
    if (name === "help") return `    '--help${help}::topic:(${TOPICS})'`;
    if (row.is_switch) return `    '--${name}${help}'`;
    if (name === NAMES_NODES) return `    '--${name}=${help}:${quoted(row.hint)}:_wnm_nodes'`;
    const values = row.choices === undefined ? (row.is_path ? "_files" : " ") : `(${row.choices.join(" ")})`;
    return `    '--${name}=${help}:${quoted(row.hint)}:${values}'`;
  });
  return `#compdef wnm
# zsh completion of wnm; load it with: source <(wnm --completion zsh)
_wnm_nodes() {
  local -a nodes=(\${(f)"$(${NODES})"})
  # Of a list only the last name is completed.
  compset -P '*,'
  compadd -a nodes
}
_wnm() {
  # Options may be typed with - between their words.
  local i
  for (( i = 2; i < CURRENT; i++ )); do
    [[ $words[i] == --?* ]] && words[i]="--\${\${words[i]#--}//-/_}"
  done
  if [[ $PREFIX == --*=* ]]; then
    PREFIX="--\${\${\${PREFIX%%=*}#--}//-/_}=\${PREFIX#*=}"
    words[CURRENT]=$PREFIX$SUFFIX
  fi
  _arguments \\
    '-c[Read settings from this file]:file:_files' \\
    '-v[Also print settings, metrics and decisions]' \\
    '-q[Print only errors]' \\
${specs.join(" \\\n")}
}
(( $+functions[compdef] )) && compdef _wnm wnm
`;
}

function fish(): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const lines = options().map(({ name, row }) => {
    const head = `complete -c wnm -l ${name} -d ${quoted(row.help)}`;
    if (name === "help") return `${head} -x -a ${quoted(TOPICS)}`;
    if (row.is_switch) return head;
    if (name === NAMES_NODES) return `${head} -x -a '(__wnm_nodes)'`;
    if (row.choices !== undefined) return `${head} -x -a ${quoted(row.choices.join(" "))}`;
    return `${head} ${row.is_path ? "-r -F" : "-x"}`;
  });
  const dashed = options().flatMap(({ name, row }) => {
    const values = name === NAMES_NODES ? "(__wnm_nodes)" : row.choices?.join(" ");
    if (!name.includes("_") || values === undefined) return [];
    return [`complete -c wnm -n '__wnm_value_of ${name}' -x -a '${values}'`];
  });
  return `# fish completion of wnm; load it with: wnm --completion fish | source
function __wnm_nodes
    ${NODES}
end
# Options may be typed with - between their words.
function __wnm_value_of
    set -l words (commandline -opc)
    test (string replace -a -- - _ $words[-1]) = __$argv[1]
end
complete -c wnm -f
complete -c wnm -s c -r -F -d 'Read settings from this file'
complete -c wnm -s v -d 'Also print settings, metrics and decisions'
complete -c wnm -s q -d 'Print only errors'
${lines.join("\n")}
${dashed.join("\n")}
`;
}
