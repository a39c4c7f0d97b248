export type { LinkFactory } from './link.js';
export { linkFromAddress } from './address.js';
export { PortStream } from './port-stream.js';
