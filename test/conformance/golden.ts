/**
 * Frames and their answers, byte for byte. Made by hand-written CBOR and framing in Python 3.11 (struct, base64,
 * binascii.crc_hqx), which shares nothing with this project; the first is the worked example of docs/PROTOCOL.md.
 * A line is its mark in hexadecimal, a space, its base64; the line feed is left out.
 */
export const GOLDEN: readonly { what: string; request: readonly string[]; answer: readonly string[] }[] = [
  {
    what: 'echo, version 2',
    request: ['0609 ABMKAAAJAAAAAKFhZGVoZWxsb6J/'],
    answer: ['0609 ABMLAAAJAAAAAKFhcmVoZWxsbyTD'],
  },
  {
    what: 'echo, version 1',
    request: ['0609 ABMCAAAJAAABAKFhZGVoZWxsb/0m'],
    answer: ['0609 ABMDAAAJAAABAKFhcmVoZWxsb3ua'],
  },
  {
    what: 'echo over several lines',
    request: [
      '0609 AHMKAABpAABCAKFhZHhkeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4',
      '0414 eHh4eHh4eHh4eHh4eHh4eHh4eHh4eIjo',
    ],
    answer: [
      '0609 AHMLAABpAABCAKFhcnhkeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4',
      '0414 eHh4eHh4eHh4eHh4eHh4eHh4eHh4eJZN',
    ],
  },
  {
    what: 'params',
    request: ['0609 AAsIAAABAAACBqAdcw=='],
    answer: ['0609 ACIJAAAYAAACBqJoYnVmX3NpemUZCABpYnVmX2NvdW50AXfD'],
  },
  {
    what: 'params, without a body',
    request: ['0609 AAoIAAAAAAADBitP'],
    answer: ['0609 ACIJAAAYAAADBqJoYnVmX3NpemUZCABpYnVmX2NvdW50Adui'],
  },
  {
    what: 'params, version 1',
    request: ['0609 AAsAAAABAAD/BqCVjw=='],
    answer: ['0609 ACIBAAAYAAD/BqJoYnVmX3NpemUZCABpYnVmX2NvdW50Ab2v'],
  },
  {
    what: 'bootloader',
    request: ['0609 AAsIAAABAAAECKCM3A=='],
    answer: ['0609 ABsJAAARAAAECKFqYm9vdGxvYWRlcmRub25l04s='],
  },
  {
    what: 'bootloader query, version 2',
    request: ['0609 ABYIAAAMAAAFCKFlcXVlcnlkbW9kZah6'],
    answer: ['0609 ABsJAAARAAAFCKFjZXJyomVncm91cABicmMD8RE='],
  },
  {
    what: 'bootloader query, version 1',
    request: ['0609 ABYAAAAMAAAGCKFlcXVlcnlkbW9kZZhg'],
    answer: ['0609 AA8BAAAFAAAGCKFicmMFp08='],
  },
  {
    what: 'stat list',
    request: ['0609 AAsIAAABAAIHAaCCfA=='],
    answer: ['0609 ACEJAAAXAAIHAaFpc3RhdF9saXN0gmRsaW5rZWZsYXNoFJs='],
  },
  {
    what: 'stat of no group, version 2',
    request: ['0609 ABIIAAAIAAIIAKFkbmFtZWF4+Lw='],
    answer: ['0609 ABsJAAARAAIIAKFjZXJyomVncm91cAJicmMCOYQ='],
  },
  {
    what: 'unknown group, version 2',
    request: ['0609 AAsIAAABAEAJAKApuA=='],
    answer: ['0609 AA8JAAAFAEAJAKFicmMIDMM='],
  },
  {
    what: 'unknown command, version 1',
    request: ['0609 AAsAAAABAAAKTaBMGw=='],
    answer: ['0609 AA8BAAAFAAAKTaFicmMIDZg='],
  },
  {
    what: 'a map of indefinite length',
    request: ['0609 ABEKAAAHAAALAL9hZGJoaf+9oQ=='],
    answer: ['0609 ABALAAAGAAALAKFhcmJoaXOM'],
  },
  { what: 'malformed CBOR', request: ['0609 AA0KAAADAAAMAKFhZN/2'], answer: ['0609 AA8LAAAFAAAMAKFicmMDuBk='] },
  {
    what: 'nested deeper than anything is',
    request: [
      '0609 ANYKAADMAAANAKFheIGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGB',
      '0414 gYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGB',
      '0414 gYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBAFqA',
    ],
    answer: ['0609 AA8LAAAFAAANAKFicmMDAHg='],
  },
  {
    what: 'a length beyond the packet',
    request: ['0609 ABYKAAAMAAAOAKFhZHv//////////+x6'],
    answer: ['0609 AA8LAAAFAAAOAKFicmMD2Po='],
  },
  {
    what: 'a bind refused, version 2',
    request: ['0609 ADQKAAAqAEIPAaNjZ2Vu9mNwYW5wNDI0MjQyNDI0MjQyNDI0MWRuYW1laVpIQU5HIFNBTiUA'],
    answer: ['0609 AB4LAAAUAEIPAaFjZXJyomVncm91cBhCYnJjGQECFFQ='],
  },
  {
    what: 'a bind refused, version 1',
    request: ['0609 ADQCAAAqAEIQAaNjZ2Vu9mNwYW5wNDI0MjQyNDI0MjQyNDI0MWRuYW1laVpIQU5HIFNBTlBz'],
    answer: ['0609 ACcDAAAdAEIQAaJicmMBY3JzbnNudW1iZXI6IGNoZWNrIGRpZ2l02/8='],
  },
  {
    what: 'a bind with a card verification value',
    request: ['0609 ABgCAAAOAEIRAaJjZ2Vu9mNjdnZjMTIz1I0='],
    answer: ['0609 ACoDAAAgAEIRAaJicmMBY3JzbnZzZW5zaXRpdmUgZGF0YSByZWZ1c2VkqVA='],
  },
  { what: 'reset', request: ['0609 AAsKAAABAAASBaDNJA=='], answer: ['0609 AAsLAAABAAASBaAmBw=='] },
];
