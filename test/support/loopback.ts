import { EmulatedTerminal } from '../../host/emulator/index.js';

/** A terminal whose UART sends back what it receives: to see what becomes of any byte at all on the way to it and back. */
export class Loopback extends EmulatedTerminal {
  constructor() {
    super({ serial: 'OB-LOOPBACK' });
  }

  override receive(bytes: Uint8Array): void {
    this.onOutput?.(bytes.slice());
  }
}

/** Every byte there is, of which a line that is no raw one eats or changes some. */
export const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);
