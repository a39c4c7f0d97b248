import { encodeBase64, fromBase64 } from '../../assembly/link/base64';
import { crc16 } from '../../assembly/link/crc16';
import {
  bad,
  finished,
  lastWord,
  more,
  next,
  openArray,
  openBody,
  readBytes,
  readText,
  readUnsigned,
  skip,
  startReading,
  stringBytes,
  takeNull,
  takeTrue,
} from '../../assembly/cbor/reader';
import {
  overflowed,
  putArray,
  putBool,
  putField,
  putLongField,
  putMap,
  putNull,
  putUnsigned,
  startWriting,
  written,
} from '../../assembly/cbor/writer';
import { crc32 } from '../../assembly/store/crc32';
import { get, hex, put, SCRATCH, unhex } from './text';

const OUT: usize = SCRATCH + 2048;

function read(text: string): void {
  startReading(SCRATCH, unhex(text, SCRATCH));
}

/** True if the whole text is one well-formed item. */
function skips(text: string): bool {
  read(text);
  skip();
  return finished();
}

describe('checksums', () => {
  it('return the check values of the CRC catalogue', () => {
    const len = put('123456789', SCRATCH);
    expect(crc16(SCRATCH, len)).toBe(0x31c3, 'CRC-16/XMODEM');
    expect(crc32(0, SCRATCH, len)).toBe(0xcbf43926, 'CRC-32/ISO-HDLC');
    expect(crc32(crc32(0, SCRATCH, 4), SCRATCH + 4, len - 4)).toBe(0xcbf43926, 'in two parts');
  });
});

describe('base64', () => {
  it('encodes the test vectors of RFC 4648, section 10', () => {
    const plain = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'];
    const coded = ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy'];
    for (let i = 0; i < plain.length; i++) {
      expect(get(OUT, encodeBase64(SCRATCH, put(plain[i], SCRATCH), OUT))).toBe(coded[i]);
    }
  });

  it('decodes the 64 characters of its alphabet, and no other', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    for (let char = 0; char < 256; char++) {
      const value = alphabet.indexOf(String.fromCharCode(char));
      expect(fromBase64(char)).toBe(value < 0 ? 64 : value);
    }
  });
});

describe('CBOR reader', () => {
  it('reads a count of every width, also if a shorter one would do', () => {
    const heads = ['17', '1817', '190017', '1a00000017', '1b0000000000000017'];
    for (let i = 0; i < heads.length; i++) {
      read(heads[i]);
      expect(readUnsigned(100)).toBe(23);
      expect(finished()).toBe(true);
    }
  });

  it('refuses a count that is too large, or not an unsigned integer', () => {
    const wrong = [
      '20',
      '3903e7',
      'f93c00',
      'fb3ff0000000000000',
      '1865',
      '1bffffffffffffffff',
      '6131',
      'c101',
      'f6',
      '1c',
      'ff',
      '',
    ];
    for (let i = 0; i < wrong.length; i++) {
      read(wrong[i]);
      readUnsigned(100);
      expect(bad).toBe(true, wrong[i]);
    }
  });

  it('reads maps and arrays of definite and of indefinite length', () => {
    const forms = ['a2616101616202', 'bf616101616202ff'];
    for (let i = 0; i < forms.length; i++) {
      read(forms[i]);
      let sum = 0;
      for (let left = openBody(); more(left); left = next(left)) {
        readText();
        sum += readUnsigned(9);
      }
      expect(sum).toBe(3);
      expect(finished()).toBe(true);
    }
    read('9ff6f5ff');
    let left = openArray();
    expect(more(left)).toBe(true);
    expect(takeTrue()).toBe(false);
    expect(takeNull()).toBe(true);
    left = next(left);
    expect(more(left)).toBe(true);
    expect(takeTrue()).toBe(true);
    expect(more(next(left))).toBe(false);
    expect(finished()).toBe(true);
  });

  it('refuses a body with a key twice, also in what nobody reads', () => {
    const wrong = ['a2616100616101', 'a2616100780161' + '01', 'a16178a201000101', 'bf617800617800ff'];
    for (let i = 0; i < wrong.length; i++) {
      read(wrong[i]);
      openBody();
      expect(bad).toBe(true, wrong[i]);
    }
    const good = ['a2616100616200', 'a16178a2f9001400f400', 'a16178a2416100616100', 'a16178a281000081' + '0100'];
    for (let i = 0; i < good.length; i++) {
      read(good[i]);
      openBody();
      expect(bad).toBe(false, good[i]);
    }
  });

  it('reads an empty body as an empty map, and refuses bytes behind a map', () => {
    startReading(SCRATCH, 0);
    expect(more(openBody())).toBe(false);
    expect(finished()).toBe(true);
    read('a000');
    openBody();
    expect(bad).toBe(true);
    expect(finished()).toBe(false);
  });

  it('refuses text that has no length, is cut off, or is not UTF-8', () => {
    const wrong = ['7f6161ff', '6261', '61ff', '7affffffff61', '7bffffffffffffffff61', '4161'];
    for (let i = 0; i < wrong.length; i++) {
      read(wrong[i]);
      readText();
      expect(bad).toBe(true, wrong[i]);
      expect(stringBytes).toBe(0);
    }
    read('43010203');
    readBytes();
    expect(stringBytes).toBe(3);
    read('6568656c6c6f');
    readText();
    expect(lastWord()).toBe(word('hello'));
    read('62680a');
    readText();
    expect(lastWord()).toBe(0x0a68);
    read('62' + '6800');
    readText();
    expect(lastWord()).toBe(0, 'a zero in it');
    read('69' + '31'.repeat(9));
    readText();
    expect(lastWord()).toBe(0, 'nine characters');
  });

  it('skips every well-formed item', () => {
    const good = [
      '00',
      '3bffffffffffffffff',
      'f4',
      'fb3ff0000000000000',
      '4161',
      '6161',
      '80',
      '9fff',
      'bfff',
      'a0',
      'c1c2c300',
      '83018202039f04ff',
      'a161619f01a0ff',
      '5f4161ff',
      '7fff',
      'f820',
    ];
    for (let i = 0; i < good.length; i++) expect(skips(good[i])).toBe(true, good[i]);
  });

  it('refuses to skip an item that is malformed, cut off, or longer than the input', () => {
    const wrong = [
      '',
      '81',
      '9f',
      'bf6161',
      'ff',
      '9b7fffffffffffffff00',
      'bbffffffffffffffff00',
      '5b7fffffffffffffff',
      '5f6161ff',
      '7f7fffff',
      '5f41',
      'bf00ff',
      'f81f',
      '1f',
      'fc',
      'c1',
      '8200',
    ];
    for (let i = 0; i < wrong.length; i++) expect(skips(wrong[i])).toBe(false, wrong[i]);
  });

  it('skips items nested 16 deep, and refuses deeper ones', () => {
    expect(skips('81'.repeat(15) + '00')).toBe(true);
    expect(skips('81'.repeat(16) + '00')).toBe(true);
    expect(skips('81'.repeat(17) + '00')).toBe(false);
    expect(skips('9f'.repeat(500))).toBe(false);
    expect(skips('c1'.repeat(500) + '00')).toBe(false);
  });
});

describe('CBOR writer', () => {
  it('writes every count in its shortest form', () => {
    startWriting(OUT, 64);
    putArray(6);
    putUnsigned(23);
    putUnsigned(24);
    putUnsigned(255);
    putUnsigned(256);
    putUnsigned(65536);
    putNull();
    expect(hex(OUT, written())).toBe('8617181818ff1901001a00010000f6');
    startWriting(OUT, 64);
    putMap(2);
    putField(word('gen'), 7);
    putLongField(rom('x'), 500);
    putBool(true);
    expect(hex(OUT, written())).toBe('a26367656e0761781901f4f5');
  });

  it('never writes past the end of its buffer', () => {
    store<u8>(OUT + 3, 0x55);
    startWriting(OUT, 3);
    putUnsigned(65536);
    expect(overflowed).toBe(true);
    expect(written()).toBe(3);
    expect(load<u8>(OUT + 3)).toBe(0x55);
  });
});
