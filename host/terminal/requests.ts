import { systemCrypto } from '#crypto';
import type * as z from 'zod';
import { Group, type Op } from '../../assembly/protocol.js';
import type { Crypto } from '../crypto/crypto.js';
import { OctobindError } from '../error.js';
import type { LinkFactory } from '../link/link.js';
import { rethrowInClear } from '../session/claim.js';
import type { TerminalKey } from '../session/opening.js';
import { SecureClient } from '../session/secure-client.js';
import { type ClientOptions, type RequestOptions, SmpClient } from '../smp/client.js';
import type { Body } from '../smp/packet.js';
import { readReply } from './replies.js';

export interface TerminalOptions extends ClientOptions {
  /**
   * Returns the terminal's master key. Without it, commands that need a session fail with
   * `KEY_MISSING`.
   */
  key?: TerminalKey | undefined;
  /** When it aborts, requests under way and all later ones fail with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

/**
 * Sends requests to one terminal, in clear or inside a session, and checks the replies' shapes.
 */
export class Requests {
  readonly smp: SmpClient;
  /** Undefined without a key. */
  readonly secure: SecureClient | undefined;
  readonly crypto: Crypto;

  constructor(
    link: LinkFactory,
    readonly options: TerminalOptions,
  ) {
    this.smp = new SmpClient(link, options);
    this.secure = options.key && new SecureClient(this.smp, options.key, options);
    this.crypto = options.crypto ?? systemCrypto;
  }

  async inClear<T>(
    op: Op.Read | Op.Write,
    group: Group,
    command: number,
    shape: z.ZodType<T>,
    body: Body = {},
    options?: RequestOptions,
  ): Promise<T> {
    const { signal } = this.options;
    const reply = this.smp.request({ op, group, command, body }, { signal, ...options });
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
    const { signal } = this.options;
    return readReply(shape, await this.secure.request({ op, group, command, body }, { signal, ...options }));
  }
}
