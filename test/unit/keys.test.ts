import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KeySlot } from '../../assembly/protocol.js';
import { KeyStore } from '../../host/emulator/index.js';
import { verifyKey } from '../../host/keys.js';

const KEY = Buffer.alloc(20, 0x0b);

describe('the key store', () => {
  it('makes the MAC of RFC 4231, test case 1', () => {
    const mac = new KeyStore().set(KeySlot.Verify, KEY).hmac(KeySlot.Verify, Buffer.from('Hi There'));
    expect(Buffer.from(mac ?? []).toString('hex')).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
  });

  it('answers nothing for a slot that has no key', () => {
    expect(new KeyStore().hmac(KeySlot.Verify, KEY)).toBeUndefined();
    expect(new KeyStore().set(KeySlot.Verify, KEY).hmac(1, KEY)).toBeUndefined();
    expect(new KeyStore().set(KeySlot.Verify, KEY).hmac(-1, KEY)).toBeUndefined();
  });

  it('keeps a copy, so that its giver can wipe its own', () => {
    const given = Buffer.from(KEY);
    const keys = new KeyStore().set(KeySlot.Verify, given);
    given.fill(0);
    expect(keys.hmac(KeySlot.Verify, KEY)).toEqual(createHmac('sha256', KEY).update(KEY).digest());
  });

  it('shows no key to who looks at it', () => {
    const keys = new KeyStore().set(KeySlot.Verify, Buffer.from('a key that stays inside'));
    expect(inspect(keys, { showHidden: true, depth: null })).not.toMatch(/61 20 6b 65|a key that/);
    expect(JSON.stringify(keys)).toBe('{}');
  });
});

describe('the verify key of a terminal', () => {
  const master = Buffer.alloc(32, 0x31);

  it('is HKDF-SHA256 of the master key, step by step as in RFC 5869', () => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(master).digest();
    const info = Buffer.concat([Buffer.from('octobind verify 1 OB-SIM-0001'), Buffer.of(1)]);
    expect(verifyKey(master, 'OB-SIM-0001')).toEqual(createHmac('sha256', extracted).update(info).digest());
  });

  it('is another one for every terminal and every master key', () => {
    const keys = [
      verifyKey(master, 'OB-SIM-0001'),
      verifyKey(master, 'OB-SIM-0002'),
      verifyKey(KEY, 'OB-SIM-0001'),
    ].map((key) => key.toString('hex'));
    expect(new Set(keys).size).toBe(3);
  });
});
