// The firmware's check of card numbers, called from the host, beside the packages that JavaScript programs use for it. Both sides
// start from the same array of strings; ours is charged with everything that the way to the firmware and back costs.
import validator from 'card-validator';
import luhn from 'fast-luhn';
import { Refusal } from '../build/assembly/protocol.js';
import { CardJudge } from '../build/host/cards/card-judge.js';
import { seededRandom } from '../build/host/emulator/random.js';
import { speedup } from './measure.mjs';

const COUNT = 2000;
const PREFIXES = ['4', '51', '55', '2221', '34', '37', '6011', '3528', '36', '62'];
const LENGTHS = { 34: 15, 37: 15, 36: 14 };

/** Every tenth has a wrong check digit. */
function makeNumbers() {
  const random = seededRandom(1);
  const numbers = Array.from({ length: COUNT }, (_, index) => {
    const prefix = PREFIXES[index % PREFIXES.length];
    let digits = prefix;
    while (digits.length < (LENGTHS[prefix] ?? 16) - 1) digits += Math.floor(random() * 10);
    const good = '0123456789'.split('').find((check) => luhn(digits + check));
    return digits + (index % 10 === 7 ? (Number(good) + 1) % 10 : good);
  });
  // Strings as they come from a file or a line: flat ones, not the ropes that the sums above leave.
  return JSON.parse(JSON.stringify(numbers));
}

export async function pan() {
  const judge = new CardJudge();
  const numbers = makeNumbers();

  const verdicts = judge.checkBatch(numbers);
  const good = judge.luhnBatch(numbers);
  numbers.forEach((number, index) => {
    const theirs = luhn(number);
    if (good[index] !== theirs || (verdicts[index].refusal !== Refusal.PanCheckDigit) !== theirs) {
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
