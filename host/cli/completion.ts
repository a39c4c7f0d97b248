import type { Command, Option } from 'commander';

/** Shells that can complete this program's command line. */
export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command by the words that name it: none for the program, `keys load`. */
interface Place {
  readonly path: string;
  readonly command: Command;
}

function placesFrom(command: Command, path = ''): Place[] {
  const inner = command.commands.flatMap((one) => placesFrom(one, `${path} ${one.name()}`.trim()));
  return [{ path, command }, ...inner];
}

/**
 * A script for a shell, which completes the commands of `program`, their options, and values that
 * are words. For anything else, the shell completes names of files: plans, ports, folders. No
 * terminal is asked for its name, because starting this program takes longer than people wait.
 */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesFrom(program);
  const [, ...named] = places;
  const wordsOf = ({ path, command }: Place): string => {
    const names = [...command.commands.map((one) => one.name()), ...command.registeredArguments.flatMap(choicesOf)];
    const flags = optionsOf(command).flatMap(flagsOf);
    return `    ${quoted(path)}) words='${names.join(' ')}' flags='${flags.join(' ')}' ;;`;
  };
  const valuesOf = ({ path, command }: Place): string[] =>
    optionsOf(command)
      .filter(({ required, optional }) => required || optional)
      .map((option) => {
        const flags = flagsOf(option).map((flag) => quoted(`${path} ${flag}`));
        return `    ${flags.join('|')}) words='${choicesOf(option).join(' ')}' value=1 ;;`;
      });
  const { begin, end } = SHELL_CODE[shell];
  return `${begin}
  for word in "\${before[@]}"; do
    case "$at $word" in
      ${named.map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`)).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${places.map(wordsOf).join('\n')}
  esac
  case "$at $last" in
${places.flatMap(valuesOf).join('\n')}
  esac
  if [[ -z $value && $current == -* ]]; then words=$flags; fi
${end}
`;
}

const optionsOf = (command: Command): Option[] => {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
};

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);

const choicesOf = ({ argChoices }: { argChoices?: readonly string[] }): readonly string[] => argChoices ?? [];

const quoted = (text: string): string => `'${text}'`;

/** How each shell tells the words of the line, and takes what completes the current one. */
const SHELL_CODE: Record<Shell, { readonly begin: string; readonly end: string }> = {
  bash: {
    begin: `# Completes octobind in bash: source <(octobind completion bash)
_octobind() {
  local at= word words= flags= value= current=\${COMP_WORDS[COMP_CWORD]} last=\${COMP_WORDS[COMP_CWORD-1]}
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")`,
    end: `  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _octobind octobind`,
  },
  zsh: {
    begin: `#compdef octobind
# Completes octobind in zsh, after compinit: source <(octobind completion zsh)
_octobind() {
  local at= word flags= value= current=\${words[CURRENT]} last=\${words[CURRENT-1]}
  local -a before=("\${(@)words[2,CURRENT-1]}")
  local words=`,
    end: `  if [[ -n $words ]]; then compadd -- \${=words}; else _files; fi
}
compdef _octobind octobind`,
  },
};
