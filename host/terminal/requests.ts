import { systemCrypto } from '#crypto';
import type * as z from 'zod';
import { Group, type Op } from '../../assembly/protocol.js';
import { type Clock, hostClock } from '../clock.js';
import type { Crypto } from '../crypto/crypto.js';
import { OctobindError } from '../error.js';
import type { LinkFactory } from '../link/link.js';
import { rethrowInClear } from '../session/claim.js';
import type { TerminalKey } from '../session/opening.js';
import { SecureClient } from '../session/secure-client.js';
import { type ClientOptions, type Request, type RequestOptions, SmpClient } from '../smp/client.js';
import { givenUp } from '../smp/failure.js';
import type { Body } from '../smp/packet.js';
import type { ChangeHook } from './change-hook.js';
import { readReply } from './replies.js';

export interface TerminalOptions extends ClientOptions {
  /**
   * Returns the terminal's master key. Without it, commands that need a session fail with
   * `KEY_MISSING`.
   */
  key?: TerminalKey | undefined;
  /**
   * Milliseconds for all requests together, from which time between them does not count. A request
   * that is under way then, and each later one, fails with `LINK_TIMEOUT`. When absent, each
   * request has its own limit only.
   */
  totalMs?: number | undefined;
  /** When it aborts, requests under way and all later ones fail with `ABORTED`. */
  signal?: AbortSignal | undefined;
  /**
   * Is told of each change that a method of `Terminal` makes, before and after it: for an audit
   * log. With it, changes of cards read the table once before and once after them. It hears of
   * nothing that is sent by `Terminal.smp` or `Terminal.secure` themselves.
   */
  onChange?: ChangeHook | undefined;
}

/**
 * Sends requests to one terminal, in clear or inside a session, and checks the replies' shapes.
 */
export class Requests {
  readonly smp: SmpClient;
  /** Undefined without a key. */
  readonly secure: SecureClient | undefined;
  readonly crypto: Crypto;
  readonly clock: Clock;
  /** Of `totalMs`. */
  #leftMs: number;

  constructor(
    link: LinkFactory,
    readonly options: TerminalOptions,
  ) {
    this.smp = new SmpClient(link, options);
    this.secure = options.key && new SecureClient(this.smp, options.key, options);
    this.crypto = options.crypto ?? systemCrypto;
    this.clock = options.clock ?? hostClock;
    this.#leftMs = options.totalMs ?? Infinity;
  }

  async inClear<T>(
    op: Op.Read | Op.Write,
    group: Group,
    command: number,
    shape: z.ZodType<T>,
    body: Body = {},
    options?: RequestOptions,
  ): Promise<T> {
    const reply = this.limit({ op, group, command, body }, this.smp, options);
    return readReply(shape, await (group === Group.Session ? reply.catch(rethrowInClear) : reply));
  }

  /** Opens a session if none is open. Code: `KEY_MISSING` if there is no key for it. */
  async inside<T>(
    op: Op.Read | Op.Write,
    group: Group,
    command: number,
    shape: z.ZodType<T>,
    body: Body = {},
    options?: RequestOptions,
  ): Promise<T> {
    if (!this.secure) {
      throw new OctobindError('KEY_MISSING', "This command needs a session. Pass the terminal's key in `options.key`.");
    }
    return readReply(shape, await this.limit({ op, group, command, body }, this.secure, options));
  }

  /** Makes a request by a client, in the time that is left of `totalMs`. */
  async limit(request: Request, client: SmpClient | SecureClient, options?: RequestOptions): Promise<Body> {
    const { signal, totalMs } = this.options;
    if (totalMs === undefined) return client.request(request, { signal, ...options });
    if (this.#leftMs <= 0) throw givenUp(this.smp.link.address, totalMs);
    const usual = options?.deadlineMs ?? client.deadlineMs;
    const startedAt = this.clock.now();
    try {
      return await client.request(request, { signal, ...options, deadlineMs: Math.min(usual, this.#leftMs) });
    } finally {
      this.#leftMs -= this.clock.now() - startedAt;
    }
  }
}
