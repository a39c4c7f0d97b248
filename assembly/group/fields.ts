/** Fields of group 66's requests, a bit each. */
export enum Field {
  Unknown = 0,
  Generation = 1,
  Slot = 2,
  Pan = 4,
  Name = 8,
  Role = 16,
  Slots = 32,
  Nonce = 64,
  Confirm = 128,
  /** Names what must not be stored (PCI DSS 3.3.1, and expiry, which the terminal has no use for). */
  Sensitive = 256,
}

let key: usize = 0;
let bytes: i32 = 0;

/** The field that a key names. One that names none is in lower case afterwards. */
export function fieldOf(ptr: usize, len: i32): i32 {
  key = ptr;
  bytes = len;
  if (is('gen')) return Field.Generation;
  if (is('slot')) return Field.Slot;
  if (is('pan')) return Field.Pan;
  if (is('name')) return Field.Name;
  if (is('role')) return Field.Role;
  if (is('slots')) return Field.Slots;
  if (is('nonce')) return Field.Nonce;
  if (is('confirm')) return Field.Confirm;
  return namesSensitiveData() ? Field.Sensitive : Field.Unknown;
}

/** Such keys are told apart from merely unknown ones, in any case of letters, so that who sends them learns why. */
function namesSensitiveData(): bool {
  for (let i = 0; i < bytes; i++) {
    const char: u32 = load<u8>(key + i);
    if (char - 0x41 < 26) store<u8>(key + i, char | 0x20);
  }
  return (
    begins('exp') ||
    begins('cvv') ||
    begins('cvc') ||
    begins('cvn') ||
    begins('cav') ||
    is('cid') ||
    is('csc') ||
    begins('track') ||
    begins('pin')
  );
}

function is(text: string): bool {
  return bytes == text.length && begins(text);
}

function begins(text: string): bool {
  if (bytes < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (load<u8>(key + i) != text.charCodeAt(i)) return false;
  }
  return true;
}
