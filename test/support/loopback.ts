import { EmulatedTerminal } from '../../host/emulator/index.js';

/**
 * A terminal whose UART sends back each byte that it receives, to test that a line changes no
 * byte.
 */
export class Loopback extends EmulatedTerminal {
  constructor() {
    super({ serial: 'OB-LOOPBACK' });
  }

  override receive(bytes: Uint8Array): void {
    this.onOutput?.(bytes.slice());
  }
}

/** All 256 bytes. A line that is not in raw mode drops or changes some of them. */
export const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);
