// Writes the test vectors of the self-test as C.
import { VECTORS } from '../../host/emulator/self-test.js';

const NAMES = {
  sha256: 'SHA256',
  hmac: 'HMAC',
  derive: 'DERIVE',
  publicKey: 'PUBLIC_KEY',
  agree: 'AGREE',
  seal: 'SEAL',
  open: 'OPEN',
};

function bytes(hex: string): string {
  const numbers: string[] = hex.match(/../g) ?? [];
  return `{(const uint8_t[]){${numbers.map((byte) => `0x${byte}`).join(', ') || '0'}}, ${numbers.length}}`;
}

export function vectorsHeader(): string {
  const rows = VECTORS.map(
    ({ source, primitive, inputs, output }) =>
      `    {${NAMES[primitive]}, {${inputs.map(bytes).join(', ')}}, ${bytes(output)}}, /* ${source} */`,
  );
  return `static const struct vector vectors[] = {\n${rows.join('\n')}\n};\n`;
}
