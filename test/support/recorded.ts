import { CardCommand, Group, Op, OsCommand, MenuUser, SessionCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, Nor, Screen } from '../../host/emulator/index.js';
import type { Body } from '../../host/smp/packet.js';
import { Answered, exchange, exchangeInside, openSession, packetOf } from './exchange.js';
import { keysOf } from './keyed.js';

export const SERIAL = 'OB TRACE 1';
const PAN = '4242424242424242';
export const OTHER = '6200000000000005';
const PASSWORDS = { operator: '482951', admin: '915037' };

/** Lines of a trace that say something else of the runtime, and their places. */
export const RUNTIME_LINES: readonly (readonly [place: number, line: string])[] = [
  [2, 'text 0 emulator 0.0.9'],
  [3, 'text 1 wasm64'],
  [4, 'text 2 other'],
  [5, 'text 3 board'],
  [6, `build ${'07'.repeat(32)}`],
  [6, 'build none'],
];

export const bind = (terminal: EmulatedTerminal, pan = PAN): Body =>
  exchange(terminal, Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan, name: 'ZHANG SAN' });
const setPolicy = (terminal: EmulatedTerminal, shop: string): Body =>
  exchange(terminal, Op.Write, Group.Card, CardCommand.Policy, { gen: null, policy: { shop } });
/** As a trace has it: the table's region, then the policy's. */
export const flashOf = ({ nor, policyNor }: EmulatedTerminal): Uint8Array =>
  Buffer.concat([nor.snapshot(), policyNor.snapshot()]);
const reset = (terminal: EmulatedTerminal): Body => exchange(terminal, Op.Write, Group.Os, OsCommand.Reset);
const inside = (terminal: EmulatedTerminal, command: SessionCommand, body: Body): Body =>
  exchangeInside(terminal, openSession(terminal), packetOf(Op.Write, Group.Session, command, body));

/** A terminal that is on, and the lines of its trace, which grow as it runs. */
export function recorded(
  keys = keysOf(SERIAL),
  nor = new Nor(),
  screen?: Screen,
): { terminal: EmulatedTerminal; lines: string[] } {
  const lines: string[] = [];
  const terminal = new EmulatedTerminal({
    serial: SERIAL,
    nor,
    keys,
    ...(screen && { screen, bench: true }),
    observe: (line) => lines.push(line),
  });
  terminal.powerOn();
  return { terminal, lines };
}

/** The trace of a terminal that met most kinds of event, and its flash at the end. */
export function eventful(): { lines: string[]; flash: Uint8Array } {
  const { terminal, lines } = recorded();
  bind(terminal);
  exchange(terminal, Op.Read, Group.Os, OsCommand.Info, { format: 'mpi' });
  exchange(terminal, Op.Read, Group.Session, SessionCommand.About);
  exchange(terminal, Op.Write, Group.Os, OsCommand.DateTime, { datetime: '2026-01-02T03:04:05' });
  exchange(terminal, Op.Read, Group.Os, OsCommand.DateTime);
  inside(terminal, SessionCommand.Passwords, PASSWORDS);
  inside(terminal, SessionCommand.Unlock, { who: MenuUser.Operator, password: PASSWORDS.operator });
  refuses(() => inside(terminal, SessionCommand.Unlock, { who: MenuUser.Operator, password: PASSWORDS.admin }));
  reset(terminal);
  terminal.nor.strike({ after: 0, tear: { kind: 'weak', cell: 9, others: 'before' }, outcome: 'cut' });
  refuses(() => bind(terminal, OTHER));
  terminal.powerOn();
  terminal.nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 7 }, outcome: 'fail' });
  bind(terminal, OTHER);
  setPolicy(terminal, 'first');
  // Erases: without the line of a program that failed, the trace would be a good one, of an erase
  // that failed.
  terminal.policyNor.strike({ after: 0, tear: { kind: 'prefix', bytes: 99 }, outcome: 'cut' });
  refuses(() => setPolicy(terminal, 'second'));
  terminal.powerOn();
  terminal.policyNor.strike({ after: 0, tear: { kind: 'suffix', bytes: 99 }, outcome: 'fail' });
  refuses(() => setPolicy(terminal, 'third'));
  terminal.powerOff();
  const image = terminal.nor.snapshot();
  image[image.length - 1] = 0;
  terminal.nor.load(image);
  terminal.powerOn();
  terminal.tamper();
  terminal.powerOff();
  return { lines, flash: flashOf(terminal) };
}

/** The trace of a terminal whose keys somebody presses. */
export function pressed(): string[] {
  const { terminal, lines } = recorded(undefined, undefined, new Screen(20, 8));
  bind(terminal);
  terminal.press('Menu', 'Digit1', 'Cancel', 'Menu', 'Digit2', 'Enter', 'Cancel', 'Cancel');
  inside(terminal, SessionCommand.Passwords, PASSWORDS);
  terminal.press('Menu', 'Digit1', 'Digit4', 'Digit8', 'Clear', 'ClearAll', 'Enter');
  reset(terminal);
  terminal.press('Menu', 'Down', 'Up');
  terminal.tamper();
  terminal.press('Menu');
  terminal.powerOff();
  return lines;
}

function refuses(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Answered) return;
    throw error;
  }
  throw new Error('the terminal did not refuse');
}
