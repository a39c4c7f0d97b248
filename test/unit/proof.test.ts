import { expect, it } from 'vitest';
import { FlashState } from '../../assembly/protocol.js';
import { emulatedLink } from '../../host/emulator/index.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { knownCards, proveTerminal } from '../../host/fleet/proof.js';
import type { CardTable } from '../../host/terminal/card-table.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { key, keyedTerminal, MASTER } from '../support/keyed.js';

const SERIAL = 'OB-HONEST';
const VISA = { pan: '4242424242424242', name: 'ZHANG SAN' };
const KNOWN = knownCards(new Map([['visa', VISA]]), new CardJudge());

function options() {
  const emulated = keyedTerminal({ serial: SERIAL });
  emulated.powerOn();
  return [emulatedLink(emulated), { key }] as const;
}

/** A terminal with firmware that makes a proof in every state, as that of HAL version 4 did. */
class Careless extends Terminal {
  constructor(readonly state: FlashState) {
    super(...options());
  }
  override async list(): Promise<CardTable> {
    return { ...(await super.list()), state: this.state };
  }
}

it.each([FlashState.Ready, FlashState.Worn, FlashState.Blank])('accepts a proof in state %i', async (state) => {
  const terminal = new Careless(state);
  await terminal.bind(VISA);
  expect((await proveTerminal(terminal, MASTER, KNOWN)).slots[0]).toMatchObject({ card: { label: 'visa' } });
  await terminal.close();
});

it.each([
  FlashState.Foreign,
  FlashState.OtherGeometry,
  FlashState.Damaged,
  FlashState.Unsupported,
  FlashState.Forged,
  FlashState.Locked,
])('accepts no proof in state %i, even if the firmware makes one', async (state) => {
  const terminal = new Careless(state);
  await terminal.bind(VISA);
  await expect(proveTerminal(terminal, MASTER, KNOWN)).rejects.toMatchObject({ code: 'UNPROVEN' });
  await terminal.close();
});

it('names the serial number that the session proved, not the one that was given in clear', async () => {
  class Renamed extends Terminal {
    override serial(): Promise<string> {
      return Promise.resolve('OB-OTHER');
    }
  }
  const terminal = new Renamed(...options());
  // An empty table has no MAC that would name the terminal.
  expect(await proveTerminal(terminal, MASTER, KNOWN)).toMatchObject({ serial: SERIAL, slots: Array(8).fill('empty') });
  await terminal.close();
});
