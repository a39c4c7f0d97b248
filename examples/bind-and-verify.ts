// Binds a card, and has the terminal prove that it holds it: the number never comes back.
//   node build/examples/bind-and-verify.js
import { CardJudge, type CardFile, knownCards, proveTerminal, Role } from 'octobind';
import { startKeyedTerminal } from 'octobind/testing';

// For a real terminal: new Terminal(linkFromAddress(port), { key: (serial) => terminalKey(master,
// serial) }).
const master = new Uint8Array(32).fill(7);
const { terminal } = startKeyedTerminal({ master });

const cards: CardFile = new Map([['shop', { pan: '6200000000000005', name: 'ZHANG SAN' }]]);
for (const { pan, name } of cards.values()) {
  const { slot, changed } = await terminal.bind({ pan, name, role: Role.Settlement });
  console.log(`slot ${slot}: ${changed ? 'bound' : 'bound already'}`);
}

// What the terminal lists is masked. Its proof is a MAC over a fresh nonce for each slot.
const proof = await proveTerminal(terminal, master, knownCards(cards, new CardJudge()));
proof.slots.forEach((held, index) => {
  if (held === 'empty') return;
  const label = held === 'damaged' ? 'damaged' : (held.card?.label ?? 'a card that is not in the file');
  console.log(`slot ${index + 1} of ${proof.serial} holds: ${label}`);
});
await terminal.close();
