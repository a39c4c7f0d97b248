import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { placesOf } from './places.js';

/** A serial port on USB. */
export interface FoundSerialPort {
  /** Address for `linkFromAddress`. */
  readonly port: string;
  /** The manufacturer, or the name in `/dev/serial/by-id`. */
  readonly name?: string;
  /** The serial number of the USB device, which may be an adapter's and not the terminal's. */
  readonly serial?: string;
}

const BY_ID = '/dev/serial/by-id';

/**
 * Finds serial ports on USB. On Linux, those of the folder `byId` are among them: a container may
 * have it, and no udev.
 */
export async function serialPorts(byId: string = BY_ID): Promise<FoundSerialPort[]> {
  const listed = await listedPorts();
  const known = new Set((await Promise.all(listed.map(({ port }) => placesOf(port)))).flat());
  const linked: FoundSerialPort[] = [];
  for (const name of (await readdir(byId).catch(() => [])).sort()) {
    const port = join(byId, name);
    const places = await placesOf(port);
    if (places.some((place) => known.has(place))) continue;
    for (const place of places) known.add(place);
    linked.push({ port, name });
  }
  return [...listed, ...linked];
}

async function listedPorts(): Promise<FoundSerialPort[]> {
  // Loading it takes 0.1 s.
  const { SerialPort } = await import('serialport');
  let ports;
  try {
    ports = await SerialPort.list();
  } catch {
    // On Linux, the list needs udev.
    return [];
  }
  // Ports on the mainboard are listed even if nothing is plugged in. Only ports on USB have a
  // vendor.
  return ports
    .filter(({ vendorId }) => vendorId !== undefined)
    .map(({ path, manufacturer, serialNumber }) => ({
      port: path,
      ...(manufacturer !== undefined && { name: manufacturer }),
      ...(serialNumber !== undefined && { serial: serialNumber }),
    }));
}
