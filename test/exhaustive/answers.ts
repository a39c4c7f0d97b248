// What an answer says, read without the host's schemas: every thread would take a tenth of a
// second to load them.
import { FlashState, type Refusal } from '../../assembly/protocol.js';
import { type Body, decodeBody } from '../../host/smp/packet.js';
import { answerError } from '../../host/smp/result.js';
import { Violation } from './errors.js';

/** A table as `list` has it: docs/PROTOCOL.md. */
export interface Table {
  readonly state: FlashState;
  readonly gen: number;
  readonly slots: readonly Slot[];
}

/** `false` cannot be read. */
type Slot = { readonly pan: string } | null | false;

const isState = (value: unknown): value is FlashState => typeof value === 'number' && value in FlashState;

const isSlot = (value: unknown): value is Slot =>
  value === null || value === false || (typeof value === 'object' && 'pan' in value && typeof value.pan === 'string');

export function tableIn(answer: Buffer): Table {
  const body = decodeBody(answer);
  const { state, slots } = body;
  const gen = generationOf(body);
  if (isState(state) && Array.isArray(slots) && slots.every(isSlot)) return { ...body, state, gen, slots };
  throw new Violation(`answered ${JSON.stringify(body)}, which is no table`);
}

/** Of a table, and of what `format` answers. */
export function generationIn(answer: Buffer): number {
  return generationOf(decodeBody(answer));
}

function generationOf(body: Body): number {
  const { gen } = body;
  if (typeof gen === 'number') return gen;
  throw new Violation(`answered ${JSON.stringify(body)}, without a generation`);
}

/** Why group 65 or 66 refused; undefined if it did not. */
export function refusalIn(answer: Buffer): Refusal | undefined {
  return answerError(decodeBody(answer))?.refusal;
}
