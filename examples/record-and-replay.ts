// Records all that crosses a terminal's HAL, and has the firmware do it again, to the byte.
//   node build/examples/record-and-replay.js
import { replayTrace } from 'octobind/emulator';
import { startKeyedTerminal } from 'octobind/testing';

// The lines hold keys and card numbers: use published test numbers. `TraceFile` of octobind/sim
// keeps them in a file.
const lines: string[] = [];
const { device, terminal } = startKeyedTerminal({ observe: (line) => lines.push(line) });
await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
await terminal.unbind(1);
await terminal.close();
device.powerOff();

// An error with code TRACE_DIFFERS would name the first line at which the firmware does something
// else.
const { complete, boots, bytesSent } = replayTrace(lines);
console.log(`${lines.length} lines, ${boots} boot, ${bytesSent} bytes sent: the same again`);
console.log(complete ? 'the trace is complete' : 'the trace ends before the terminal is off');
