// Opens a terminal over a serial port or over TCP, and prints what it says of itself.
//   node build/examples/open-terminal.js /dev/ttyUSB0        or COM3, tcp://host:port
import { linkFromAddress, LifeCycle, OctobindError, Terminal } from 'octobind';

const address = process.argv[2] ?? '/dev/ttyUSB0';

// No key is needed for this. The link is opened by the first request, and again if it is lost.
const terminal = new Terminal(linkFromAddress(address, { baudRate: 115_200 }));
try {
  const { serial, lifeCycle, checkValue } = await terminal.status();
  console.log(`${serial}: ${LifeCycle[lifeCycle]}, key ${checkValue ?? 'none'}`);
  console.log(await terminal.uname());
  console.log(await terminal.stats('link'));
} catch (error) {
  if (!(error instanceof OctobindError)) throw error;
  // Codes are for programs, and do not change: PORT_MISSING, PORT_BUSY, NOT_A_TERMINAL, ….
  console.error(error.code, error.message);
  process.exitCode = 1;
} finally {
  await terminal.close();
}
