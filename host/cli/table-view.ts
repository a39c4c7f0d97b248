import { Scheme, type Role } from '../../assembly/protocol.js';
import type { CardTable } from '../terminal.js';
import { table } from './output.js';
import { roleName, schemeName, stateName } from './names.js';

/** A slot as `--json` prints it; nothing in it is more than the terminal itself shows. */
export function slotDocuments(slots: CardTable['slots']): unknown[] {
  return slots.map((view, index) => {
    const slot = index + 1;
    if (view === null) return { slot, status: 'empty' };
    if (view === 'damaged') return { slot, status: 'damaged' };
    const { pan, name } = view;
    return { slot, status: 'bound', pan, scheme: schemeCode(view.scheme), role: roleName(view.role), name };
  });
}

/** The enum's own word, which does not change when the text for people does. */
export function schemeCode(scheme: Scheme): string | number {
  return (Scheme as Partial<Record<number, string>>)[scheme] ?? scheme;
}

export function cardTableText({ generation, state, slots }: CardTable): string {
  const rows = slots.map((view, index) => {
    const slot = String(index + 1);
    if (view === null) return [slot, '', '', '', ''];
    if (view === 'damaged') return [slot, 'damaged', '', '', ''];
    return [slot, view.pan, schemeName(view.scheme), roleName(view.role), view.name];
  });
  return `${table(['slot', 'number', 'scheme', 'role', 'holder'], rows)}\ngeneration ${generation}, flash ${stateName(state)}`;
}

/** Terminals side by side, a row for each slot: three of them fit 100 columns. */
export function manyTablesText(tables: readonly { name: string; table: CardTable }[]): string {
  const slots = tables[0]?.table.slots ?? [];
  const rows = slots.map((_, index) => [
    String(index + 1),
    ...tables.map(({ table: { slots } }) => {
      const view = slots[index];
      if (view === null || view === undefined) return '';
      return view === 'damaged' ? 'damaged' : `${view.pan}\n${schemeName(view.scheme)}${roleMark(view.role)}`;
    }),
  ]);
  return table(['slot', ...tables.map(({ name }) => name)], rows);
}

/** Most cards are for payment: only the other role is worth a word. */
function roleMark(role: Role): string {
  const name = roleName(role);
  return name === 'payment' ? '' : `, ${name}`;
}
