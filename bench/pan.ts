// The firmware's check of card numbers, called from the host, beside the packages that JavaScript
// programs use for it. Both sides start from the same array of strings. Ours pays for all that the
// way to the firmware and back costs.
import validator from 'card-validator';
import luhn from 'fast-luhn';
import { Refusal } from '../assembly/protocol.js';
import { CardJudge } from '../host/cards/card-judge.js';
import { seededRandom } from '../host/emulator/random.js';
import { type Figure, speedup } from './measure.js';

const COUNT = 2000;
/** What numbers begin with, and how many digits they have. */
const SHAPES = [
  { prefix: '4', digits: 16 },
  { prefix: '51', digits: 16 },
  { prefix: '55', digits: 16 },
  { prefix: '2221', digits: 16 },
  { prefix: '34', digits: 15 },
  { prefix: '37', digits: 15 },
  { prefix: '6011', digits: 16 },
  { prefix: '3528', digits: 16 },
  { prefix: '36', digits: 14 },
  { prefix: '62', digits: 16 },
];

/** Numbers of this shape have a wrong check digit. */
const WRONG = 7;

/** As many of each shape. */
function makeNumbers(): string[] {
  const random = seededRandom(1);
  const numbers = Array.from({ length: COUNT / SHAPES.length }, () =>
    SHAPES.map(({ prefix, digits }, index) => {
      let number = prefix;
      while (number.length < digits - 1) number += String(Math.floor(random() * 10));
      const good = Array.from('0123456789', Number).findIndex((check) => luhn(`${number}${check}`));
      return `${number}${index === WRONG ? (good + 1) % 10 : good}`;
    }),
  ).flat();
  // Strings as they come from a file or a line: flat ones, not the ropes that the sums above
  // leave.
  return JSON.parse(JSON.stringify(numbers)) as string[];
}

export function pan(): Figure[] {
  const judge = new CardJudge();
  const numbers = makeNumbers();

  const verdicts = judge.checkBatch(numbers);
  const good = judge.luhnBatch(numbers);
  numbers.forEach((number, index) => {
    const theirs = luhn(number);
    if (good[index] !== theirs || (verdicts[index]?.refusal !== Refusal.PanCheckDigit) !== theirs) {
      throw new Error(`firmware and fast-luhn disagree on number ${index} of the batch`);
    }
  });

  const check = speedup(
    () => judge.checkBatch(numbers),
    () => numbers.map((number) => validator.number(number)),
    { warmUp: 5, rounds: 31 },
  );
  const digit = speedup(
    () => judge.luhnBatch(numbers),
    () => numbers.map((number) => luhn(number)),
    { warmUp: 200, rounds: 1001 },
  );
  return [
    { name: 'pan.check.vs-card-validator', value: check, unit: 'x', atLeast: 10 },
    { name: 'pan.luhn.vs-fast-luhn', value: digit, unit: 'x', atLeast: 1 },
  ];
}
