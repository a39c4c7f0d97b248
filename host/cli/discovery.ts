import { SerialPort } from 'serialport';
import { OctobindError } from '../error.js';
import { runningTerminals } from '../sim/start-terminals.js';

/** A place where a terminal may be. */
export interface FoundPort {
  /** As `--port` takes it. */
  readonly port: string;
  readonly kind: 'emulated' | 'usb';
  readonly name?: string;
  readonly serial?: string;
}

/** Emulated terminals that run under `dir`, then serial ports on USB. */
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
    // Listing needs udev on Linux, and a container has none; nor has it USB.
    return [];
  }
  // Ports on the mainboard are listed whether anything is plugged in or not; only those on USB say who made them.
  return ports
    .filter(({ vendorId }) => vendorId !== undefined)
    .map(({ path, manufacturer, serialNumber }) => ({
      port: path,
      kind: 'usb',
      ...(manufacturer !== undefined && { name: manufacturer }),
      ...(serialNumber !== undefined && { serial: serialNumber }),
    }));
}

/** The port of the only terminal there is. Codes: `NO_TERMINAL`, `SEVERAL_TERMINALS`. */
export async function choosePort(dir: string): Promise<string> {
  const found = await findPorts(dir);
  const [first, ...others] = found;
  if (first === undefined) {
    throw new OctobindError(
      'NO_TERMINAL',
      `There is no terminal: none is emulated under ${dir}, and no serial port is on USB. Start one with \`octobind sim\`, or name the port with --port.`,
    );
  }
  if (others.length > 0) {
    const choices = found.map(({ port }) => `  --port ${port}`).join('\n');
    throw new OctobindError(
      'SEVERAL_TERMINALS',
      `There are ${found.length} terminals. Name one of them:\n${choices}\n`,
    );
  }
  return first.port;
}
