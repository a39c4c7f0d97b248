import type { Command } from 'commander';
import { Refusal } from '../../../assembly/protocol.js';
import type { Bank } from '../../bank.js';
import { CardJudge } from '../../cards/card-judge.js';
import { refusalSentence } from '../../refusals.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { readNumbers } from '../input.js';
import { schemeCode, schemeName } from '../names.js';
import { paint, refusalCode } from '../output.js';

export function add(card: Command, context: Context): void {
  card
    .command('check')
    .description(
      "check card numbers with the firmware's own code: one from a hidden prompt, or a line each from a pipe",
    )
    .action(async () => {
      const judge = new CardJudge();
      const checked = (await readNumbers(context.signal)).map(({ line, pan }) => {
        return { line, pan: judge.mask(pan), bank: judge.bank(pan), ...judge.check(pan) };
      });
      if (checked.some(({ refusal }) => refusal !== Refusal.None)) context.exit = Exit.Refused;
      context.output.result(checked.map(checkedDocument), () => checked.map(checkedText).join('\n'));
    });
}

/** A number, masked, and what the firmware thinks of it. */
interface Checked extends ReturnType<CardJudge['check']> {
  readonly line: number;
  readonly pan: string;
  readonly bank: Bank | undefined;
}

function checkedDocument({ line, pan, bank, refusal, scheme, digits }: Checked): object {
  const document = { line, pan, scheme: schemeCode(scheme), digits, accepted: refusal === Refusal.None };
  if (document.accepted) return { ...document, bank };
  return { ...document, refusal: refusalCode(refusal), reason: refusalSentence(refusal) };
}

function checkedText({ pan, bank, refusal, scheme, digits }: Checked): string {
  const issuer = bank ? `${bank.name} (${bank.code}), ` : '';
  return refusal === Refusal.None
    ? `${pan}  ${schemeName(scheme)}, ${issuer}${digits} digits: ${paint('accepted', 'green')}`
    : `${pan}  ${paint('refused', 'red')}: ${refusalSentence(refusal)}`;
}
