// @ts-check
// A transform of the AssemblyScript compiler for constant text. A string literal would lie in
// linear memory, which is RAM on a device, so the firmware writes these instead:
//
//   word('gen')   an immediate: up to eight ASCII characters as a u64, the first in the lowest
//                 byte
//   rom('text')   a u32 that says where the text lies in the custom section `octobind.rom`, which
//                 `rom_read` reads: offset << 12 | bytes
//   romFile('banks.bin')
//                 a u32, the offset in that section of this file of build/generated/
//
// assembly/text/ has what uses them.
import { readFileSync } from 'node:fs';
import { CallExpression, IdentifierExpression, Node, StringLiteralExpression } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';

/** @import { AssertionExpression } from 'assemblyscript' */
/** @import binaryen from 'binaryen' */

/** @typedef {Parameters<NonNullable<Transform['afterParse']>>[0]} Parser */
/** @typedef {{ readonly type: string, readonly value: bigint }} Literal A number, and its type. */
/** @typedef {(text: string) => Literal} Intrinsic */
/** @typedef {Readonly<Record<string, Intrinsic>>} Intrinsics By the names of their functions. */

const SECTION = 'octobind.rom';
const WORD_BYTES = 8;
const LENGTH_BITS = 12;
const ROM_BYTES = 1 << (32 - LENGTH_BITS);
const PREFIX_ASSERTION = 0;

export default class ConstantText extends Transform {
  /** @type {number[]} */
  #rom = [];
  /** @type {Map<string, Literal>} */
  #places = new Map();

  /** @override @param {Parser} parser */
  afterParse(parser) {
    this.#rom = [];
    this.#places = new Map();
    for (const source of parser.sources) {
      if (source.isLibrary) continue;
      replaceCalls(source.statements, {
        word: wordOf,
        rom: (text) => this.#placeOf(text),
        romFile: (name) => this.#offsetOf(name),
      });
    }
  }

  /** @override @param {binaryen.Module} module */
  afterCompile(module) {
    module.addCustomSection(SECTION, Uint8Array.from(this.#rom));
  }

  /** @type {Intrinsic} */
  #placeOf(text) {
    const known = this.#places.get(text);
    if (known) return known;
    const bytes = Buffer.from(text);
    if (bytes.length >= 1 << LENGTH_BITS) throw new Error(`rom('${text.slice(0, 20)}…') is too long`);
    const place = { type: 'u32', value: BigInt(this.#append(bytes) * 2 ** LENGTH_BITS + bytes.length) };
    this.#places.set(text, place);
    return place;
  }

  /** @type {Intrinsic} */
  #offsetOf(name) {
    const key = `file ${name}`;
    const known = this.#places.get(key);
    if (known) return known;
    const place = {
      type: 'u32',
      value: BigInt(this.#append(readFileSync(new URL(`build/generated/${name}`, import.meta.url)))),
    };
    this.#places.set(key, place);
    return place;
  }

  /** Returns where the bytes lie. @param {Uint8Array} bytes */
  #append(bytes) {
    const offset = this.#rom.length;
    if (offset + bytes.length > ROM_BYTES) throw new Error(`${SECTION} is full`);
    this.#rom.push(...bytes);
    return offset;
  }
}

/** @type {Intrinsic} */
function wordOf(text) {
  if (!/^[\x21-\x7e]{1,8}$/.test(text))
    throw new Error(`word('${text}') is not one to ${WORD_BYTES} printable characters`);
  return { type: 'u64', value: BigInt(`0x${Buffer.from(text).reverse().toString('hex')}`) };
}

/**
 * Replaces the calls of `intrinsics` anywhere below a node or a list of nodes by their values.
 * @param {object} parent
 * @param {Intrinsics} intrinsics
 */
function replaceCalls(parent, intrinsics) {
  /** @type {[string, unknown][]} */
  const children = Object.entries(parent);
  for (const [key, child] of children) {
    if (key === 'range' || key === 'parent' || child === null || typeof child !== 'object') continue;
    const replaced = valueOfCall(child, intrinsics);
    if (replaced) Reflect.set(parent, key, replaced);
    else if (Array.isArray(child) || child instanceof Node) replaceCalls(child, intrinsics);
  }
}

/**
 * The value of a call of an intrinsic, as a node; undefined if the node is anything else.
 * @param {object} node
 * @param {Intrinsics} intrinsics
 * @returns {AssertionExpression | undefined}
 */
function valueOfCall(node, intrinsics) {
  if (!(node instanceof CallExpression) || !(node.expression instanceof IdentifierExpression)) return undefined;
  const { text: name } = node.expression;
  const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  if (!intrinsic) return undefined;
  const [argument, ...more] = node.args;
  if (!(argument instanceof StringLiteralExpression) || more.length > 0)
    throw new Error(`${name}(…) takes one string literal`);
  const { type, value } = intrinsic(argument.value);
  const { range } = node;
  // The compiler's own 64-bit integers, in two halves.
  const literal = Node.createIntegerLiteralExpression(
    globalThis.i64_new(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))),
    range,
  );
  const typeName = Node.createNamedType(Node.createSimpleTypeName(type, range), null, false, range);
  return Node.createAssertionExpression(PREFIX_ASSERTION, literal, typeName, range);
}
