import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { OctobindError, reasonOf } from '../../error.js';
import type { LinkFactory } from '../link.js';
import { NodeStream } from './node-stream.js';
import { PortStream } from './port-stream.js';
import { refuseStrangersPty } from './run-file.js';

const DEFAULT_BAUD_RATE = 115_200;

/**
 * A serial port or a PTY, by its path (`/dev/ttyUSB0`, `.octobind/till-1.tty`) or name (`COM3`).
 * It is locked while it is open.
 */
export function serialLink(path: string, { baudRate = DEFAULT_BAUD_RATE }: { baudRate?: number } = {}): LinkFactory {
  return {
    address: path,
    baudRate,
    async open() {
      try {
        refuseStrangersPty(path);
        const device = process.platform === 'win32' ? path : await findDevice(path);
        // Loading it takes 0.1 s, and TCP does not need it.
        const { SerialPort } = await import('serialport');
        return new NodeStream(await PortStream.open({ binding: SerialPort.binding, path: device, baudRate }));
      } catch (error) {
        throw portError(path, error);
      }
    },
  };
}

/**
 * Follows symbolic links, because other programs see a lock only on the target. Asks the file
 * system before it opens the port, because opening can restart the device behind it (DTR).
 */
async function findDevice(path: string): Promise<string> {
  const device = await realpath(path);
  if (!(await stat(device)).isCharacterDevice()) throw notPort(path);
  await access(device, constants.R_OK | constants.W_OK);
  return device;
}

function notPort(path: string, cause?: unknown): OctobindError {
  return new OctobindError('NOT_A_TERMINAL', `${path} is not a serial port.`, {
    subject: 'serial port',
    cause,
  });
}

/**
 * For most failures, the bindings give only a text: strerror() of the call, or the Win32 message.
 */
export function portError(path: string, cause: unknown): OctobindError {
  if (cause instanceof OctobindError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (/^(ENOENT|ENOTDIR|ELOOP)$/.test(code) || /no such (file|device)|not found|not configured/i.test(message)) {
    return new OctobindError('PORT_MISSING', `There is no port ${path}. Is the terminal plugged in and on?`, {
      subject: 'serial port',
      cause,
    });
  }
  if (/^(EMFILE|ENFILE)$/.test(code) || /too many open files/i.test(message)) {
    const reason = reasonOf({ code: code || 'EMFILE' });
    return new OctobindError('LINK_FAILED', `${path} could not be opened: ${reason}.`, { cause });
  }
  if (/cannot lock|busy|temporarily unavailable/i.test(message) || /access denied/i.test(message)) {
    return new OctobindError(
      'PORT_BUSY',
      `Another program has ${path} open. Close it (a serial monitor, a second octobind), then try again.`,
      { cause },
    );
  }
  if (/^(EACCES|EPERM)$/.test(code) || /permission denied|not permitted/i.test(message)) {
    return new OctobindError(
      'PORT_DENIED',
      `You may not open ${path}. Join the group that owns it (often \`dialout\`: sudo usermod -aG dialout $USER), then log in anew.`,
      { cause },
    );
  }
  if (/inappropriate ioctl/i.test(message)) return notPort(path, cause);
  return new OctobindError(
    'LINK_FAILED',
    `${path} could not be opened: ${message}. Check the port and the baud rate.`,
    {
      cause,
    },
  );
}
