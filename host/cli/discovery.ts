import { SerialPort } from 'serialport';
import { OctobindError } from '../error.js';
import { runningTerminals } from '../sim/start-terminals.js';

/** A port where a terminal may be. */
export interface FoundPort {
  /** Value for `--port`. */
  readonly port: string;
  readonly kind: 'emulated' | 'usb';
  readonly name?: string;
  readonly serial?: string;
}

/** Finds running emulated terminals under `dir`, then serial ports on USB. */
export async function findPorts(dir: string): Promise<FoundPort[]> {
  const emulated = (await runningTerminals(dir)).map(({ port, name, serial }): FoundPort => ({
    port,
    kind: 'emulated',
    name,
    serial,
  }));
  return [...emulated, ...(await usbPorts())];
}

async function usbPorts(): Promise<FoundPort[]> {
  let ports;
  try {
    ports = await SerialPort.list();
  } catch {
    // On Linux, the list needs udev. A container without udev has no USB ports either.
    return [];
  }
  // Ports on the mainboard are listed even if nothing is plugged in. Only ports on USB have a
  // vendor.
  return ports
    .filter(({ vendorId }) => vendorId !== undefined)
    .map(({ path, manufacturer, serialNumber }) => ({
      port: path,
      kind: 'usb',
      ...(manufacturer !== undefined && { name: manufacturer }),
      ...(serialNumber !== undefined && { serial: serialNumber }),
    }));
}

/** Returns the port of the only terminal. Codes: `NO_TERMINAL`, `SEVERAL_TERMINALS`. */
export async function choosePort(dir: string): Promise<string> {
  const found = await findPorts(dir);
  const [first, ...others] = found;
  if (first === undefined) {
    throw new OctobindError(
      'NO_TERMINAL',
      `No terminal was found: none is emulated under ${dir}, and there is no serial port on USB. Start one with \`octobind sim\`, or give its port with --port.`,
    );
  }
  if (others.length > 0) {
    const choices = found.map(({ port }) => `  --port ${port}`).join('\n');
    throw new OctobindError(
      'SEVERAL_TERMINALS',
      `There are ${found.length} terminals. Choose one of them:\n${choices}\n`,
    );
  }
  return first.port;
}
