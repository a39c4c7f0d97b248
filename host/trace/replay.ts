import { systemCrypto } from '#crypto';
import { firmwareModule } from '#firmware';
import * as z from 'zod';
import { concat, fromHex } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { type Firmware, instantiateFirmware, romOf } from '../firmware/firmware.js';
import { type FrontPanel, NO_PANEL } from '../emulator/front-panel.js';
import { makeHal, type Start } from '../emulator/hal.js';
import { type DurableState, KeyStore } from '../emulator/key-store.js';
import { type Geometry, Nor, policyGeometry, PowerCut } from '../emulator/nor.js';
import { Rtc } from '../emulator/rtc.js';
import type { Runtime } from '../emulator/runtime.js';
import { Screen } from '../screen/screen.js';
import { OctobindError } from '../error.js';
import { invalidLine } from './lines.js';
import { EndOfTrace, Script } from './script.js';
import { Recorder } from './recorder.js';

/** What a replay did. */
export interface ReplayResult {
  readonly lines: number;
  /**
   * True if the trace ends with the terminal off. If not, its recorder was killed, and the trace
   * was replayed as far as it goes.
   */
  readonly complete: boolean;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly boots: number;
  /** The flash at the end: the table's region, then the policy's. */
  readonly flash: Uint8Array;
}

/**
 * Replays a trace in the emulator. The trace gives everything that came from outside, and
 * everything that the firmware does is compared with it. Codes: `TRACE_DIFFERS` at the first
 * difference, `TRACE_INVALID`.
 */
export function replayTrace(lines: readonly string[], module = firmwareModule(), crypto = systemCrypto): ReplayResult {
  const replayed = new Replay(lines, module, crypto);
  replayed.run();
  return replayed.result();
}

const powerOfTwo = z.int().refine((value) => Number.isInteger(Math.log2(value)));
/** Bytes of a sector, number of sectors, bytes of the program unit: docs/HAL.md. */
const geometrySchema = z.tuple([powerOfTwo.min(1024).max(65_536), z.int().min(2).max(16), powerOfTwo.min(1).max(16)]);

/** Kinds of lines that come only before the first boot. */
const BEGINNING = ['octobind-trace', 'terminal', 'text', 'build', 'screen', 'key', 'register', 'password'];

class Replay {
  readonly #script: Script;
  readonly #flash: ScriptedFlash;
  readonly #keys: KeyStore;
  readonly #rtc: Rtc;
  readonly #serial: string;
  readonly #runtime: Runtime;
  readonly #panel: FrontPanel;
  readonly #recorder: Recorder;
  #firmware: Firmware | undefined;
  /** The firmware trapped, lost its power or restarts: it does nothing more before it goes off. */
  #isOver = false;
  #isAskedToRestart = false;
  #memory = new Uint8Array(0);
  #received = 0;
  #sent = 0;
  #boots = 0;

  constructor(
    lines: readonly string[],
    private readonly module: WebAssembly.Module,
    crypto: Crypto,
  ) {
    this.#script = new Script(lines);
    const script = this.#script;
    const [kind, , ...words] = script.peek(1);
    const geometry = geometrySchema.safeParse(words.slice(0, 3).map(Number));
    if (kind !== 'terminal' || !geometry.success) throw invalidLine(2);
    const [sectorBytes, sectorCount, programUnit] = geometry.data;
    this.#serial = words.slice(3).join(' ');
    this.#runtime = runtimeIn(script);
    this.#flash = new ScriptedFlash(script, { sectorBytes, sectorCount, programUnit });
    this.#keys = new KeyStore({
      crypto,
      // Hash passwords fast: no line depends on the number of rounds.
      passwordRounds: 1,
      random: (count) => {
        const [, bytes = ''] = script.peek();
        // If the next line has another count, or is no `random` line, recording these bytes fails.
        return new Uint8Array(count).fill(0, 0, count).map((_, i) => parseInt(bytes.slice(2 * i, 2 * i + 2), 16));
      },
      backing: { read: () => durableOf(script), write: () => undefined },
    });
    this.#rtc = new ScriptedRtc(script);
    this.#panel = panelIn(script);
    const { nor, policyNor } = this.#flash;
    const device = { serial: this.#serial, nor, policyNor, keys: this.#keys, panel: this.#panel };
    this.#recorder = new Recorder(device, this.#runtime, script.expect);
  }

  run(): void {
    while (this.#script.peek().length > 0) {
      const before = this.#script.count;
      try {
        this.#step();
      } catch (error) {
        if (error instanceof EndOfTrace) return;
        if (error instanceof OctobindError) throw error;
        // `expect` has compared a cut or a trap with the trace already, and throws an
        // OctobindError if the trace has none.
        const isExpected = error instanceof PowerCut || error instanceof WebAssembly.RuntimeError;
        if (!isExpected) throw invalidLine(this.#script.count + 1, error);
        this.#isOver = true;
      }
      if (this.#script.count === before) throw invalidLine(before + 1);
    }
  }

  result(): ReplayResult {
    return {
      lines: this.#script.count,
      complete: this.#firmware === undefined && this.#script.peek().length === 0,
      bytesReceived: this.#received,
      bytesSent: this.#sent,
      boots: this.#boots,
      flash: this.#flash.snapshot(),
    };
  }

  /** Does the next thing that came from outside. */
  #step(): void {
    const [kind, value = ''] = this.#script.peek();
    switch (kind) {
      case 'octobind-trace':
      case 'boot':
        if (this.#firmware) throw invalidLine(this.#script.count + 1);
        this.#boot();
        break;
      case 'flash':
        // Such lines come before `off` if the terminal is on, and before `boot` if it is off.
        if (this.#firmware) this.#off();
        else this.#boot();
        break;
      case 'receive':
        for (const byte of fromHex(value)) this.#on().receive(byte);
        this.#recorder.flush();
        this.#received += value.length / 2;
        break;
      case 'press':
        this.#on().press(Number(value));
        break;
      case 'poll':
        if (this.#on().poll(Number(value)) !== 0) this.#isOver = this.#isAskedToRestart;
        break;
      case 'tamper':
        this.#on().tamper();
        break;
      case 'off':
        if (!this.#firmware) throw invalidLine(this.#script.count + 1);
        this.#off();
        break;
      default:
        throw this.#script.differs('nothing');
    }
  }

  #on(): Firmware {
    if (!this.#firmware || this.#isOver) throw invalidLine(this.#script.count + 1);
    return this.#firmware;
  }

  #off(): void {
    this.#flash.patch(0, this.#ahead('off'));
    this.#keys.lose();
    this.#recorder.off();
    this.#firmware = undefined;
  }

  #boot(): void {
    const ahead = this.#ahead('boot', ...(this.#boots === 0 ? BEGINNING : []));
    this.#isOver = false;
    this.#isAskedToRestart = false;
    const [cause = 0, failures = 0, lastFailure = 0, failedAt = 0] = this.#script.peek(ahead).slice(1).map(Number);
    this.#flash.patch(0, ahead);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the numbers of a trace are causes
    const start: Start = { cause, failures, lastFailure, failedAt };
    const hal = makeHal(
      {
        ...{
          serial: this.#serial,
          nor: this.#flash.nor,
          policyNor: this.#flash.policyNor,
          keys: this.#keys,
          rtc: this.#rtc,
          start,
        },
        runtime: this.#runtime,
        panel: this.#panel,
        rom: romOf(this.module),
        event: () => undefined,
        send: (bytes) => (this.#sent += bytes.length),
        restart: () => (this.#isAskedToRestart = true),
      },
      () => this.#memory,
    );
    const firmware = instantiateFirmware(
      this.module,
      this.#recorder.imports(hal, () => this.#memory),
    );
    this.#memory = new Uint8Array(firmware.memory.buffer);
    this.#firmware = this.#recorder.exports(firmware, start);
    this.#boots++;
    this.#firmware.boot();
  }

  /**
   * How many lines come before the next one of a kind. Only `flash` lines and lines of `others`
   * may come before it.
   */
  #ahead(kind: string, ...others: string[]): number {
    for (let ahead = 0; ; ahead++) {
      const [found] = this.#script.peek(ahead);
      if (found === kind) return ahead;
      if (found === undefined) throw new EndOfTrace();
      if (found !== 'flash' && !others.includes(found)) throw invalidLine(this.#script.count + ahead + 1);
    }
  }
}

/** A region of flash that takes its failures, and what weak cells read as, from the trace. */
class ScriptedNor extends Nor {
  constructor(
    private readonly flash: ScriptedFlash,
    geometry: Geometry,
  ) {
    super(geometry);
  }

  override read(address: number, into: Uint8Array): number {
    const result = super.read(address, into);
    this.flash.noteRead(into);
    return result;
  }

  override program(address: number, bytes: Uint8Array): number {
    return this.flash.failure() ?? super.program(address, bytes);
  }

  override erase(address: number): number {
    return this.flash.failure() ?? super.erase(address);
  }
}

/** Both regions of the flash. In a trace, the policy's follows the table's. */
class ScriptedFlash {
  readonly nor: ScriptedNor;
  readonly policyNor: ScriptedNor;
  /** Lines of the script that were read before the last flash read. */
  #line = 0;
  /** Flash reads since that line. */
  #reads = 0;

  constructor(
    private readonly script: Script,
    geometry: Geometry,
  ) {
    this.nor = new ScriptedNor(this, geometry);
    this.policyNor = new ScriptedNor(this, policyGeometry(geometry));
  }

  snapshot(): Uint8Array {
    return concat(this.nor.snapshot(), this.policyNor.snapshot());
  }

  /** Counts a read, and fills in what it returned if the trace says so. */
  noteRead(into: Uint8Array): void {
    if (this.#line !== this.script.count) this.#reads = 0;
    this.#line = this.script.count;
    const [kind, reads, , bytes = ''] = this.script.peek();
    if (kind === 'read' && Number(reads) === this.#reads) into.set(fromHex(bytes).subarray(0, into.length));
    this.#reads++;
  }

  /** The result of a program or an erase, if the trace says that it fails. */
  failure(): number | undefined {
    const [kind, result] = this.script.peek();
    if (kind !== 'answer' && kind !== 'cut') return undefined;
    let lines = 1;
    while (this.script.peek(lines)[0] === 'flash') lines++;
    this.patch(1, lines);
    if (kind === 'cut') throw new PowerCut('the power was cut');
    return Number(result);
  }

  /** Writes the content of `flash` lines to come, from index `from` up to, not including, `to`. */
  patch(from: number, to: number): void {
    const patches = Array.from({ length: to - from }, (_, i) => this.script.peek(from + i)).filter(
      ([kind]) => kind === 'flash',
    );
    if (patches.length === 0) return;
    const image = this.snapshot();
    for (const [, address, bytes = ''] of patches) {
      const piece = fromHex(bytes);
      image.subarray(Number(address), Number(address) + piece.length).set(piece);
    }
    this.nor.load(image.subarray(0, this.nor.bytes));
    this.policyNor.load(image.subarray(this.nor.bytes));
  }
}

/** A clock that shows the times of the trace. */
class ScriptedRtc extends Rtc {
  constructor(private readonly script: Script) {
    super();
  }

  override get(): number | undefined {
    const [kind, time] = this.script.peek();
    return kind !== 'time' || time === 'none' ? undefined : Number(time);
  }

  override set(): void {
    // The trace has every later time, so nothing has to be kept.
  }
}

/**
 * What the recorded runtime said of itself, from the lines behind `terminal`. A replay says the
 * same, since the firmware sends it.
 */
function runtimeIn(script: Script): Runtime {
  const texts: string[] = [];
  let line = 2;
  for (; script.peek(line)[0] === 'text'; line++) {
    const [, which, ...words] = script.peek(line);
    if (Number(which) !== texts.length) throw invalidLine(line + 1);
    texts.push(words.join(' '));
  }
  // A trace that ends here is that of a killed process.
  const [kind = 'build', digest = 'none'] = script.peek(line);
  if (kind !== 'build') throw invalidLine(line + 1);
  return { texts, build: digest === 'none' ? undefined : fromHex(digest) };
}

/** The screen and the strap of the traced terminal, from the line behind those of its runtime. */
function panelIn(script: Script): FrontPanel {
  let line = 2;
  while (['text', 'build'].includes(script.peek(line)[0] ?? '')) line++;
  const [kind, columns, rows, bench] = script.peek(line);
  if (kind !== 'screen') return NO_PANEL;
  return { screen: new Screen(Number(columns), Number(rows)), bench: bench === '1' };
}

/** What the terminal had stored before the trace, from the lines before its first boot. */
function durableOf(script: Script): DurableState {
  const bytes = (text = ''): Uint8Array => fromHex(text);
  const state = { keys: new Map(), registers: new Map(), passwords: new Map() } satisfies DurableState;
  for (let ahead = 0; ; ahead++) {
    const [kind, id, value, rounds, hash] = script.peek(ahead);
    const number = Number(id);
    if (kind === 'key') state.keys.set(number, bytes(value));
    else if (kind === 'register') state.registers.set(number, bytes(value));
    else if (kind === 'password')
      state.passwords.set(number, { salt: bytes(value), rounds: Number(rounds), hash: bytes(hash) });
    else if (kind === 'boot' || kind === undefined) return state;
  }
}
