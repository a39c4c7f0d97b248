import { type OpenOptions, SerialPortStream } from '@serialport/stream';

export interface PortOptions {
  binding: OpenOptions['binding'];
  path: string;
  /** Bits per second. */
  baudRate: number;
}

/** A terminal sends one frame at most for each request, below 3 KiB. */
const READ_BYTES = 2048;

/**
 * A serial port that keeps the contract of NodeStream. SerialPortStream alone does not: its
 * `destroy()` leaves the port open and locked, and a port that vanishes does not destroy it.
 */
export class PortStream extends SerialPortStream {
  /** Opens with an exclusive lock. Rejects with the binding's own error. */
  static open({ binding, path, baudRate }: PortOptions): Promise<PortStream> {
    return new Promise((resolve, reject) => {
      const port = new PortStream({ binding, path, baudRate, lock: true, autoOpen: false, highWaterMark: READ_BYTES });
      port.open((error) => {
        if (error) {
          reject(error);
          return;
        }
        port.once('close', () => port.destroy());
        resolve(port);
      });
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const released = (): void => callback(error);
    if (this.isOpen) this.close(released);
    else if (this.closing) this.once('close', released);
    else released();
  }
}
