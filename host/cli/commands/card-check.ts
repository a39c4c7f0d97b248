import type { Command } from 'commander';
import { Refusal } from '../../../assembly/protocol.js';
import { CardJudge } from '../../cards/card-judge.js';
import { refusalSentence } from '../../refusals.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { readCard } from '../input.js';
import { schemeName } from '../names.js';
import { paint, refusalCode } from '../output.js';
import { schemeCode } from '../table-view.js';

export function addCard(program: Command, context: Context): void {
  const card = program.command('card').description('work on a card without a terminal');
  card
    .command('check')
    .description("check a card number with the firmware's own code; it comes from a hidden prompt or standard input")
    .action(async () => {
      const { pan } = await readCard(context.signal);
      const judge = new CardJudge();
      const masked = judge.mask(pan);
      const { refusal, scheme, digits } = judge.check(pan);
      const accepted = refusal === Refusal.None;
      if (!accepted) context.exit = Exit.Refused;
      const why = accepted ? {} : { refusal: refusalCode(refusal), reason: refusalSentence(refusal) };
      context.output.result({ pan: masked, scheme: schemeCode(scheme), digits, accepted, ...why }, () =>
        accepted
          ? `${masked}  ${schemeName(scheme)}, ${digits} digits: ${paint('accepted', 'green')}`
          : `${masked}  ${paint('refused', 'red')}: ${refusalSentence(refusal)}`,
      );
    });
}
