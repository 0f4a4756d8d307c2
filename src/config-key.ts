import type { Kind } from './config-kinds.ts';

export type Key = {
  kind: Kind;
  about: string;
  /** What holds without it. */
  otherwise: string;
  /** As YAML. */
  example: string;
  /** The flag that it stands for, by command. */
  flags: Readonly<Record<string, string>>;
  /** Which of its texts a command takes, and how; all as they are when it is not here. */
  take?: Readonly<Record<string, (texts: readonly string[]) => readonly string[]>>;
  /** Flags, `--flag=value` or `$VARIABLE`, that leave it without effect when they are given. */
  unless?: readonly string[];
  /** Its values join those of the flag, which otherwise replace them. */
  joins?: true;
  /** `${NAME}` in it stands for a variable of the environment. */
  secret?: true;
};

/** A key for a flag of `fxscale plan` alone. */
export function planKey(kind: Kind, about: string, example: string, flag: string, otherwise = 'none'): Key {
  return { kind, about, otherwise, example, flags: { plan: flag } };
}
