import type { Role } from '../../assembly/protocol.js';
import type { CardTable, SlotView } from '../terminal/card-table.js';
import { table } from './table.js';
import { isVouched } from '../terminal/flash-state.js';
import { roleName, schemeCode, schemeName, stateName } from './names.js';

/** The slots as `--json` prints them, with no more than the terminal itself shows. */
export function slotDocuments({ slots, state }: CardTable): unknown[] {
  const vouched = isVouched(state);
  return slots.map((view, index) => {
    const slot = index + 1;
    if (view === 'damaged') return { slot, status: 'damaged' };
    if (view === null) return { slot, status: vouched ? 'empty' : 'unproven' };
    const { pan, name, bank, luhn, allowed } = view;
    const status = vouched ? 'bound' : 'unproven';
    return { slot, status, pan, scheme: schemeCode(view.scheme), role: roleName(view.role), name, bank, luhn, allowed };
  });
}

/** The scheme, and the bank's code if there is one: `UnionPay, ICBC`. */
function issuerName({ scheme, bank }: SlotView): string {
  return bank ? `${schemeName(scheme)}, ${bank.code}` : schemeName(scheme);
}

export function cardTableText({ generation, state, most, policy, slots }: CardTable): string {
  const vouched = isVouched(state);
  const rows = slots.map((view, index) => {
    const slot = String(index + 1);
    if (view === 'damaged') return [slot, 'damaged', '', '', ''];
    const seen = view ? [view.pan, issuerName(view), roleName(view.role), view.name] : ['', '', '', ''];
    return vouched ? [slot, ...seen] : [`${slot} unproven`, ...seen];
  });
  const lines = [
    table(['slot', 'number', 'scheme', 'role', 'holder'], rows),
    `generation ${generation}, flash ${stateName(state)}`,
  ];
  slots.forEach((view, index) => {
    if (view === null || view === 'damaged') return;
    const slot = `slot ${index + 1}`;
    if (view.luhn === false) lines.push(`${slot}: the check digit is wrong. The issuer must confirm this number.`);
    if (view.allowed === false) lines.push(`${slot}: bound before the policy forbade such a card.`);
  });
  const bound = slots.filter((view) => view !== null).length;
  if (most !== undefined) {
    lines.push(`The policy allows ${most} of ${slots.length} cards${bound > most ? `: ${bound} are bound` : ''}.`);
  }
  if (policy !== undefined) {
    lines.push(`The policy cannot be used (${stateName(policy)}), so nothing can be changed. Set it again.`);
  }
  if (!vouched) {
    lines.push(
      'Unproven: this may be an older table, or data that somebody wrote to the flash chip.',
      'The terminal does not use this table. Restart it. If that does not help, have it inspected.',
    );
  }
  return lines.join('\n');
}

/** Shows terminals side by side, with a row for each slot. Three of them fit in 100 columns. */
export function manyTablesText(tables: readonly { name: string; table: CardTable }[]): string {
  const slots = tables[0]?.table.slots ?? [];
  const rows = slots.map((_, index) => [
    String(index + 1),
    ...tables.map(({ table: { slots } }) => {
      const view = slots[index];
      if (view === null || view === undefined) return '';
      return view === 'damaged' ? 'damaged' : [view.pan, `${issuerName(view)}${roleMark(view.role)}`];
    }),
  ]);
  return table(['slot', ...tables.map(({ name }) => name)], rows);
}

/** Most cards are for payment, so only the other role is shown. */
function roleMark(role: Role): string {
  const name = roleName(role);
  return name === 'payment' ? '' : `, ${name}`;
}
